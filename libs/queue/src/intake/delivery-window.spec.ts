import type { Channel, ConsumeMessage } from 'amqplib';
import { DeliveryWindow } from './delivery-window';
import { PushContext } from './push-context';
import { SlowStart } from './slow-start';

describe('DeliveryWindow', () => {
  let now = 0;
  let begun: PushContext[] = [];
  let slowStart: SlowStart;
  let window: DeliveryWindow;

  const channel = (): Channel => ({}) as Partial<Channel> as Channel;
  const delivery = (on = channel()): PushContext =>
    new PushContext({} as ConsumeMessage, on, () => undefined);
  const add = (count: number): void => {
    for (let n = 0; n < count; n++) window.add(delivery());
  };

  beforeEach(() => {
    begun = [];
    slowStart = new SlowStart({ initial: 2, max: 4, idleMs: 1000 }, () => now);
    window = new DeliveryWindow(slowStart, (context) => begun.push(context));
  });

  it('begins as many as the window allows; the others wait', () => {
    add(5);
    expect([window.inFlight, window.waiting, begun.length]).toEqual([2, 3, 2]);
  });

  it('begins the next when one is done, and one more where the window has grown', () => {
    add(5);
    slowStart.grow();
    window.done();
    expect([window.inFlight, window.waiting]).toEqual([3, 1]);
  });

  it('begins nothing while it is held', () => {
    window.hold();
    add(3);
    expect([window.inFlight, window.waiting]).toEqual([0, 3]);
    window.release();
    expect([window.inFlight, window.waiting]).toEqual([2, 1]);
  });

  it('hands out those that wait, once', () => {
    add(5);
    expect(window.takeWaiting()).toHaveLength(3);
    expect(window.takeWaiting()).toHaveLength(0);
    expect(window.inFlight).toBe(2);
  });

  it('forgets those that wait on a channel that is gone, and keeps the others', () => {
    add(2);
    const gone = channel();
    window.add(delivery(gone));
    window.add(delivery());
    window.forget(gone);
    expect(window.waiting).toBe(1);
  });

  it('starts small again after it had nothing in hand for a while', () => {
    add(2);
    slowStart.grow();
    slowStart.grow();
    window.done();
    window.done();
    now += 1000;
    add(4);
    expect(window.inFlight).toBe(2);
  });

  it('tells when nothing is in hand any more', async () => {
    await window.empty();
    add(2);
    let empty = false;
    const told = window.empty().then(() => (empty = true));
    window.done();
    await Promise.resolve();
    expect(empty).toBe(false);
    window.done();
    await told;
  });

  describe('after a recovery', () => {
    beforeEach(() => {
      jest.useFakeTimers();
      const options = { initial: 2, max: 12, idleMs: 1000, rampUpMs: 1000 };
      slowStart = new SlowStart(options, () => performance.now());
      window = new DeliveryWindow(slowStart, (context) => begun.push(context));
      slowStart.recover();
    });
    afterEach(() => jest.useRealTimers());

    /** As many as have room are begun and settled at once, so that only time is wanting. */
    const succeed = (times: number): void => {
      for (let n = 0; n < times; n++) {
        slowStart.grow();
        window.done();
      }
    };

    it('begins those that wait as time goes by, though nothing is settled and nothing comes', () => {
      add(20);
      succeed(3);
      expect([window.inFlight, begun.length]).toEqual([2, 5]);
      jest.advanceTimersByTime(99);
      expect(window.inFlight).toBe(2);
      jest.advanceTimersByTime(1);
      expect(window.inFlight).toBe(3);
      jest.advanceTimersByTime(10_000);
      expect([window.inFlight, window.waiting]).toEqual([5, 12]);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('begins none of them while it is held', () => {
      add(20);
      succeed(3);
      window.hold();
      jest.advanceTimersByTime(10_000);
      expect([window.inFlight, jest.getTimerCount()]).toEqual([2, 0]);
      window.release();
      expect(window.inFlight).toBe(5);
    });

    it('waits for nothing where nothing waits', () => {
      add(2);
      slowStart.grow();
      window.done();
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
