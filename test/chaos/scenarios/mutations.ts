import type { Scenario } from '../scenario';

/** Which scenario has to notice that a mechanism is broken, and by which broken promise. */
interface Caught {
  by: string;
  notices: RegExp;
}

const SENT_TWICE = /sent more than once/;
const LOST = /accepted, and its status is/;

export const CAUGHT_BY: Readonly<Record<string, Caught>> = {
  'lease check': { by: 'broker: closes the channel of what is held too long', notices: SENT_TWICE },
  'lease renewal': { by: 'claims: sends that take longer than a lease', notices: SENT_TWICE },
  'take-over': { by: 'SIGKILL: after-claim', notices: LOST },
  'per-device record': { by: 'fcm: half the requests fail', notices: SENT_TWICE },
  'record of the end': { by: 'nothing breaks', notices: /claims are still held/ },
  'decision before the dead letter': {
    by: 'SIGKILL: after-dead-letter, of users who turn up again',
    notices: /in failed.queue too|different ends/,
  },
  'confirm before ack': {
    by: 'instances: all killed at once',
    notices: LOST,
  },
  'parked retry': { by: 'fcm: 429 with Retry-After', notices: LOST },
  'answers that go back': {
    by: 'redis: away while all have to end',
    notices: SENT_TWICE,
  },
  gate: { by: 'gate: an outage of FCM burns nothing', notices: /had consumers/ },
  tag: { by: 'SIGKILL: after-fcm-answer', notices: /more than once/ },
};

/** The same scenario, with the mechanism broken. */
export function mutated(scenarios: readonly Scenario[], mutation: string): Scenario {
  const caught = CAUGHT_BY[mutation];
  const original = scenarios.find(({ name }) => name === caught?.by);
  if (!caught || !original) throw new Error(`No scenario notices the mutation '${mutation}'`);
  return {
    ...original,
    name: `without ${mutation}: ${original.name}`,
    // What is broken need not be waited for.
    settleMs: 20_000,
    push: { ...original.push, mutation },
    notices: caught.notices,
  };
}
