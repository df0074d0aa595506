import { loadConfig } from '@push/config';
import { Metrics } from '@push/observability';
import { Timeline } from './timeline';
import { TimelineConfig } from './timeline.config';
import {
  FIRST_EVENTS,
  LAST_EVENTS,
  type PendingEvents,
  TimelineEvents,
  type TimelineStore,
} from './timeline.store';

const SOMETHING = { event: 'overtaken' } as const;

class FakeStore implements Pick<TimelineStore, 'append' | 'maxRequestsPerWrite'> {
  readonly batches: PendingEvents[][] = [];
  maxRequestsPerWrite = 2;
  /** What each write waits for. */
  gate: Promise<void> = Promise.resolve();
  down = false;

  async append(batch: readonly PendingEvents[]): Promise<void> {
    await this.gate;
    if (this.down) throw new Error('Redis is down');
    this.batches.push([...batch]);
  }

  get events(): number {
    return this.batches.flat().reduce((sum, { events }) => sum + events.all.length, 0);
  }
}

const eventsFrom = (count: number, from = 0): TimelineEvents => {
  const events = new TimelineEvents();
  for (let n = 0; n < count; n += 1) events.add({ at: from + n, ...SOMETHING });
  return events;
};

describe('Timeline', () => {
  let store: FakeStore;
  let metrics: Metrics;
  let timeline: Timeline;

  beforeEach(() => {
    jest.useFakeTimers({ now: 1000 });
    store = new FakeStore();
    make({});
  });
  afterEach(() => jest.useRealTimers());

  const make = (env: Record<string, string>): void => {
    metrics = new Metrics();
    const config = loadConfig([TimelineConfig], env).get(TimelineConfig) as TimelineConfig;
    timeline = new Timeline(store as unknown as TimelineStore, config, metrics);
  };
  const dropped = async (): Promise<number | undefined> => {
    const counter = await metrics.registry
      .getSingleMetric('push_timeline_events_dropped_total')
      ?.get();
    return counter?.values[0]?.value;
  };
  const write = (requestId: string, events = eventsFrom(2), notificationId = requestId): void =>
    timeline.write({ requestId, notificationId }, events);

  it('writes events of one request in one go, a moment later', async () => {
    write('r', eventsFrom(2), 'n');
    await jest.advanceTimersByTimeAsync(49);
    expect(store.batches).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(store.batches).toMatchObject([[{ requestId: 'r', notificationId: 'n' }]]);
    expect(store.events).toBe(2);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(store.batches).toHaveLength(1);
  });

  it('writes events of one request together, and several requests in batches', async () => {
    write('a', eventsFrom(2), 'n');
    write('b', eventsFrom(1));
    write('a', eventsFrom(1, 2));
    write('c', eventsFrom(1));
    await timeline.flush();
    expect(
      store.batches.map((batch) =>
        batch.map(({ requestId, notificationId }) => [requestId, notificationId]),
      ),
    ).toEqual([
      [
        ['a', 'n'],
        ['b', undefined],
      ],
      [['c', undefined]],
    ]);
    expect(store.batches[0]?.[0]?.events.all.map(({ at }) => at)).toEqual([0, 1, 2]);
  });

  it('keeps the first and the last events of a request, however many lie between', async () => {
    write('a', eventsFrom(1000));
    await timeline.flush();
    const times = store.batches[0]?.[0]?.events.all.map(({ at }) => at);
    expect(times).toHaveLength(FIRST_EVENTS + LAST_EVENTS);
    expect(times?.[FIRST_EVENTS - 1]).toBe(FIRST_EVENTS - 1);
    expect(times?.[FIRST_EVENTS]).toBe(1000 - LAST_EVENTS);
    expect(times?.at(-1)).toBe(999);
  });

  it('does nothing where its time to live is 0', async () => {
    make({ TIMELINE_TTL_SECONDS: '0' });
    write('r');
    timeline.record('r', SOMETHING);
    expect(jest.getTimerCount()).toBe(0);
    await timeline.flush();
    expect(store.batches).toEqual([]);
  });

  it('drops and counts what cannot be written, and continues', async () => {
    store.down = true;
    write('r');
    await jest.advanceTimersByTimeAsync(50);
    expect(await dropped()).toBe(2);
    store.down = false;
    write('r');
    await jest.advanceTimersByTimeAsync(50);
    expect([store.events, await dropped()]).toEqual([2, 2]);
  });

  it('is bounded while a write is slow', async () => {
    let open = (): void => undefined;
    store.gate = new Promise((resolve) => (open = resolve));
    timeline.record('stuck', SOMETHING);
    await jest.advanceTimersByTimeAsync(50);
    for (let n = 0; n < 60_000; n += 1) timeline.record(`r-${n}`, SOMETHING);
    await jest.advanceTimersByTimeAsync(1000);
    expect(await dropped()).toBe(10_000);
    open();
    await timeline.flush();
    expect(store.events).toBe(50_001);
  });

  it('waits for its last write at shutdown, but not for long', async () => {
    timeline.record('r', SOMETHING);
    await timeline.onApplicationShutdown();
    expect(store.events).toBe(1);
    store.gate = new Promise(() => undefined);
    timeline.record('r', SOMETHING);
    let over = false;
    const ending = timeline.onApplicationShutdown().then(() => (over = true));
    await jest.advanceTimersByTimeAsync(999);
    expect(over).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await ending;
  });
});
