import { Logger } from '@nestjs/common';
import type { IntakeActivity, PushQueueServer, QueueDepth, QueueInspector } from '@push/queue';
import { IntakeLiveness, IntakeLivenessOptions } from './intake-liveness';

const SILENCE_MS = 120_000;
const INTERVAL_MS = 15_000;

const IDLE: IntakeActivity = {
  linked: true,
  wanted: true,
  consumers: 10,
  received: 7,
  failures: 0,
  inFlight: 0,
  waiting: 0,
};

describe(IntakeLiveness, () => {
  let now: number;
  let activity: IntakeActivity;
  let depth: QueueDepth | undefined;
  let liveness: IntakeLiveness;

  beforeEach(() => {
    now = 5_000_000;
    jest.spyOn(Logger.prototype, 'error').mockImplementation();
    liveness = new IntakeLiveness(
      {
        get activity() {
          return activity;
        },
      } as unknown as PushQueueServer,
      { depths: () => Promise.resolve(depth && { push: depth }) } as unknown as QueueInspector,
      Object.assign(new IntakeLivenessOptions(), { silenceMs: SILENCE_MS, now: () => now }),
    );
  });
  afterEach(() => void jest.restoreAllMocks());

  function check(changes: Partial<IntakeActivity> = {}, queue?: QueueDepth): Promise<void> {
    activity = { ...IDLE, ...changes };
    depth = queue;
    return liveness.check();
  }

  /** Checks for a time a state that may differ from check to check; returns the first problem that was found. */
  async function checkFor(
    forMs: number,
    state: (n: number) => { activity?: Partial<IntakeActivity>; depth?: QueueDepth },
  ): Promise<string | undefined> {
    let problem: string | undefined;
    for (let n = 0; n * INTERVAL_MS <= forMs; n += 1) {
      const { activity: changes, depth: queue } = state(n);
      await check(changes, queue);
      problem ??= liveness.problem;
      now += INTERVAL_MS;
    }
    return problem;
  }

  const HOUR = 3_600_000;
  const EMPTY = { messages: 0, consumers: 10 };

  it.each<[string, (n: number) => { activity?: Partial<IntakeActivity>; depth?: QueueDepth }]>([
    ['an empty queue', () => ({ depth: EMPTY })],
    ['a broker that does not answer', () => ({})],
    ['no connection to the broker', () => ({ activity: { linked: false, consumers: 0 } })],
    ['a pause or a drain', () => ({ activity: { wanted: false, consumers: 0 } })],
    [
      'messages in flight for as long as FCM takes, and more of them in the queue',
      (n) => ({
        activity: { inFlight: 100, waiting: 20 },
        depth: { messages: n, consumers: 10 },
      }),
    ],
    [
      'a broker that refuses the consumers on every attempt',
      (n) => ({ activity: { consumers: 0, failures: n } }),
    ],
    [
      'a queue without its majority, whose messages stay',
      () => ({ depth: { messages: 50, consumers: 10 } }),
    ],
    [
      'messages that arrive and are consumed by somebody else',
      (n) => ({ depth: { messages: n % 2, consumers: 10 } }),
    ],
    [
      'messages that arrive while somebody else consumes too, who may have priority',
      (n) => ({ depth: { messages: n, consumers: 11 } }),
    ],
    [
      'messages that arrive and are received',
      (n) => ({ activity: { received: n }, depth: { messages: n, consumers: 10 } }),
    ],
  ])('is alive with %s', async (_what, state) => {
    expect(await checkFor(HOUR, state)).toBeUndefined();
  });

  it('is dead when consumers should be open and are not for two minutes, and not before', async () => {
    const closed = () => ({ activity: { consumers: 0 } });
    expect(await checkFor(SILENCE_MS - INTERVAL_MS, closed)).toBeUndefined();
    expect(await checkFor(INTERVAL_MS, closed)).toContain('no consumer is open');
    expect(Logger.prototype.error).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['fewer consumers than we have open', 0],
    ['exactly as many consumers as ours', 10],
  ])(
    'is dead when messages are not delivered while the broker has %s',
    async (_what, consumers) => {
      await check({}, EMPTY);
      expect(await checkFor(SILENCE_MS, () => ({ depth: { messages: 1, consumers } }))).toContain(
        'none is delivered',
      );
    },
  );

  it('is dead when messages were received but are not processed', async () => {
    expect(await checkFor(SILENCE_MS, () => ({ activity: { waiting: 3 } }))).toContain(
      'not processed',
    );
  });

  it('starts over with every activity', async () => {
    for (const received of [8, 9, 10]) {
      await check({ received }, EMPTY);
      const problem = await checkFor(SILENCE_MS - INTERVAL_MS, () => ({
        activity: { received },
        depth: { messages: 1, consumers: 10 },
      }));
      expect(problem).toBeUndefined();
    }
  });

  it('is alive again once a message is received', async () => {
    await checkFor(SILENCE_MS, () => ({ activity: { consumers: 0 } }));
    expect(liveness.problem).toBeDefined();
    await check({ received: 8 });
    expect(liveness.problem).toBeUndefined();
  });
});
