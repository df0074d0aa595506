import { Delay } from './delay';

describe('Delay', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('runs work at once where there is no delay', () => {
    const work = jest.fn();
    new Delay().run(work);
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('runs each piece of work its time later, in order', () => {
    const delay = new Delay();
    delay.ms = 80;
    const done: string[] = [];
    delay.run(() => done.push('first'));
    jest.advanceTimersByTime(40);
    delay.run(() => done.push('second'));
    jest.advanceTimersByTime(39);
    expect(done).toEqual([]);
    jest.advanceTimersByTime(2);
    expect(done).toEqual(['first']);
    jest.advanceTimersByTime(40);
    expect(done).toEqual(['first', 'second']);
  });

  it('leaves no timer behind', () => {
    const delay = new Delay();
    delay.ms = 10;
    delay.run(() => undefined);
    jest.advanceTimersByTime(20);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('runs all that is due together, and what is added meanwhile', () => {
    const delay = new Delay();
    delay.ms = 5;
    const done: number[] = [];
    for (const at of [1, 2, 3]) delay.run(() => done.push(at));
    jest.advanceTimersByTime(6);
    delay.run(() => done.push(4));
    jest.advanceTimersByTime(6);
    expect(done).toEqual([1, 2, 3, 4]);
  });
});
