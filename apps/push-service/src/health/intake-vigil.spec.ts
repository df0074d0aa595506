import type { IntakeActivity, QueueDepth } from '@push/queue';
import { IntakeVigil } from './intake-vigil';

const SILENCE_MS = 120_000;
const LOOK_EVERY_MS = 15_000;

const IDLE: IntakeActivity = {
  linked: true,
  wanted: true,
  consumers: 10,
  received: 7,
  failures: 0,
  inFlight: 0,
  waiting: 0,
};

describe(IntakeVigil, () => {
  let now: number;
  let vigil: IntakeVigil;

  beforeEach(() => {
    now = 5_000_000;
    vigil = new IntakeVigil({ silenceMs: SILENCE_MS, now: () => now });
  });

  /** Looks for a time at what a state may be at each look; returns what was found at any of them. */
  function watch(
    forMs: number,
    state: (look: number) => { activity?: Partial<IntakeActivity>; depth?: QueueDepth },
  ): string | undefined {
    let problem: string | undefined;
    for (let look = 0; look * LOOK_EVERY_MS <= forMs; look += 1) {
      const { activity, depth } = state(look);
      vigil.look({ ...IDLE, ...activity }, depth);
      problem ??= vigil.problem;
      now += LOOK_EVERY_MS;
    }
    return problem;
  }

  const HOUR = 3_600_000;
  const EMPTY = { messages: 0, consumers: 10 };

  it.each<[string, (look: number) => { activity?: Partial<IntakeActivity>; depth?: QueueDepth }]>([
    ['an empty queue', () => ({ depth: EMPTY })],
    ['a broker that cannot be asked', () => ({})],
    ['no connection to the broker', () => ({ activity: { linked: false, consumers: 0 } })],
    ['a pause or a drain', () => ({ activity: { wanted: false, consumers: 0 } })],
    [
      'messages in hand for as long as FCM likes, and more of them in the queue',
      (look) => ({
        activity: { inFlight: 100, waiting: 20 },
        depth: { messages: look, consumers: 10 },
      }),
    ],
    [
      'a broker that refuses the consumers, as often as they are tried',
      (look) => ({ activity: { consumers: 0, failures: look } }),
    ],
    [
      'a queue that lost its majority, whose messages stay',
      () => ({ depth: { messages: 50, consumers: 10 } }),
    ],
    [
      'messages that come and are taken by somebody else',
      (look) => ({ depth: { messages: look % 2, consumers: 10 } }),
    ],
    [
      'messages that come while somebody else consumes too, who may have precedence',
      (look) => ({ depth: { messages: look, consumers: 11 } }),
    ],
    [
      'messages that come and are received',
      (look) => ({ activity: { received: look }, depth: { messages: look, consumers: 10 } }),
    ],
  ])('finds nothing wrong with %s', (_what, state) => {
    expect(watch(HOUR, state)).toBeUndefined();
  });

  it('finds consumers that should be open and are not, after two minutes and no sooner', () => {
    expect(watch(SILENCE_MS - LOOK_EVERY_MS, () => ({ activity: { consumers: 0 } }))).toBe(
      undefined,
    );
    expect(watch(LOOK_EVERY_MS, () => ({ activity: { consumers: 0 } }))).toContain(
      'no consumer is open',
    );
  });

  it.each([
    ['fewer consumers than we think we have', 0],
    ['exactly as many consumers as ours', 10],
  ])('finds messages handed to nobody while the broker knows of %s', (_what, consumers) => {
    vigil.look(IDLE, EMPTY);
    expect(watch(SILENCE_MS, () => ({ depth: { messages: 1, consumers } }))).toContain(
      'handed to nobody',
    );
  });

  it('finds messages that were received and are not begun', () => {
    expect(watch(SILENCE_MS, () => ({ activity: { waiting: 3 } }))).toContain('not begun');
  });

  it('begins anew with each sign of life', () => {
    for (const received of [8, 9, 10]) {
      vigil.look({ ...IDLE, received }, EMPTY);
      const seen = watch(SILENCE_MS - LOOK_EVERY_MS, () => ({
        activity: { received },
        depth: { messages: 1, consumers: 10 },
      }));
      expect(seen).toBeUndefined();
    }
  });

  it('is well again once messages come', () => {
    watch(SILENCE_MS, () => ({ activity: { consumers: 0 } }));
    expect(vigil.problem).toBeDefined();
    vigil.look({ ...IDLE, received: 8 });
    expect(vigil.problem).toBeUndefined();
  });
});
