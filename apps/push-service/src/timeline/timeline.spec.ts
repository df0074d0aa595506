import { loadConfig } from '@push/config';
import { Metrics } from '@push/observability';
import { note, noteWhose } from './journey';
import { Timeline } from './timeline';
import type { Pending } from './timeline-buffer';
import { TimelineConfig } from './timeline.config';
import { TimelineMetrics } from './timeline.metrics';
import type { TimelineStore } from './timeline-store';
import { TimelineWriter } from './timeline-writer';

const IDS = { requestId: 'r', notificationId: 'n' };
const SOMETHING = { event: 'overtaken' } as const;

class FakeStore implements Pick<TimelineStore, 'append' | 'atOnce'> {
  readonly batches: Pending[][] = [];
  atOnce = 2;
  /** What each write waits for. */
  gate: Promise<void> = Promise.resolve();
  away = false;

  async append(batch: readonly Pending[]): Promise<void> {
    await this.gate;
    if (this.away) throw new Error('Redis is away');
    this.batches.push([...batch]);
  }

  get events(): number {
    return this.batches.flat().reduce((sum, { events }) => sum + events.all.length, 0);
  }
}

describe('Timeline', () => {
  let store: FakeStore;
  let metrics: Metrics;
  let writer: TimelineWriter;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1000 });
    store = new FakeStore();
    metrics = new Metrics();
    writer = new TimelineWriter(store as unknown as TimelineStore, new TimelineMetrics(metrics));
  });
  afterEach(() => jest.useRealTimers());

  const timeline = (env: Record<string, string> = {}): Timeline =>
    new Timeline(writer, loadConfig([TimelineConfig], env).get(TimelineConfig) as TimelineConfig);
  const dropped = async (): Promise<number | undefined> => {
    const counter = await metrics.registry
      .getSingleMetric('push_timeline_events_dropped_total')
      ?.get();
    return counter?.values[0]?.value;
  };
  const work = async (): Promise<string> => {
    note(SOMETHING);
    await Promise.resolve();
    noteWhose(IDS);
    note(SOMETHING);
    return 'done';
  };

  it('writes what was noted in one go, a moment after the work has ended', async () => {
    await expect(timeline().follow(work)).resolves.toBe('done');
    await jest.advanceTimersByTimeAsync(49);
    expect(store.batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(store.batches).toMatchObject([[IDS]]);
    expect(store.batches[0]?.[0]?.events.all).toEqual([
      { at: 1000, ...SOMETHING },
      { at: 1000, ...SOMETHING },
    ]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(store.batches).toHaveLength(1);
  });

  it('keeps the notes of messages that are worked on side by side apart', async () => {
    const kept = timeline();
    const one = async (requestId: string): Promise<void> => {
      noteWhose({ requestId, notificationId: requestId });
      await Promise.resolve();
      note({ ...SOMETHING });
    };
    await Promise.all(['a', 'b', 'c'].map((id) => kept.follow(() => one(id))));
    await writer.flush();
    const written = store.batches.flat();
    expect(written.map(({ requestId, events }) => [requestId, events.all.length])).toEqual([
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ]);
    expect(store.batches).toHaveLength(2); // two at once
  });

  it('keeps what was noted of work that failed, and fails as the work does', async () => {
    const failing = timeline().follow(async () => {
      await work();
      throw new Error('as scripted');
    });
    await expect(failing).rejects.toThrow('as scripted');
    await writer.flush();
    expect(store.events).toBe(2);
  });

  it('keeps nothing of a message that does not tell whose it is', async () => {
    await timeline().follow(async () => note(SOMETHING));
    await writer.flush();
    expect(store.batches).toEqual([]);
  });

  it('does nothing at all where its time is 0', async () => {
    const off = timeline({ TIMELINE_TTL_SECONDS: '0' });
    await expect(off.follow(work)).resolves.toBe('done');
    off.record('r', SOMETHING);
    expect(jest.getTimerCount()).toBe(0);
    await writer.flush();
    expect(store.batches).toEqual([]);
  });

  it('drops and counts what cannot be written, and goes on', async () => {
    store.away = true;
    await timeline().follow(work);
    await jest.advanceTimersByTimeAsync(50);
    expect(await dropped()).toBe(2);
    store.away = false;
    await timeline().follow(work);
    await jest.advanceTimersByTimeAsync(50);
    expect([store.events, await dropped()]).toEqual([2, 2]);
  });

  it('is bounded while a write takes its time', async () => {
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    timeline().record('stuck', SOMETHING);
    await jest.advanceTimersByTimeAsync(50);
    for (let n = 0; n < 60_000; n += 1) timeline().record(`r-${n}`, SOMETHING);
    await jest.advanceTimersByTimeAsync(1000);
    expect(await dropped()).toBe(10_000);
    open();
    await writer.flush();
    expect(store.events).toBe(50_001);
  });

  it('waits for its last write at the end of the process, but not for long', async () => {
    timeline().record('r', SOMETHING);
    await writer.onApplicationShutdown();
    expect(store.events).toBe(1);
    store.gate = new Promise(() => undefined);
    timeline().record('r', SOMETHING);
    let over = false;
    const ending = writer.onApplicationShutdown().then(() => (over = true));
    await jest.advanceTimersByTimeAsync(999);
    expect(over).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await ending;
  });
});
