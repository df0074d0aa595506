import type { Scenario } from '../scenario';

/** Which scenario has to notice that a mechanism is broken. */
export const CAUGHT_BY: Readonly<Record<string, string>> = {
  'lease check': 'broker: closes the channel of what is held too long',
  'take-over': 'SIGKILL: after-claim',
  'per-device record': 'fcm: half the requests fail',
  'decision before the dead letter': 'user service: 404 + SIGKILL',
  'confirm before ack': 'broker: closes every connection',
  'parked retry': 'fcm: 429 with Retry-After',
  gate: 'gate: an outage of FCM burns nothing',
  tag: 'SIGKILL: after-fcm-answer',
};

/** The same scenario, with the mechanism broken. */
export function mutated(scenarios: readonly Scenario[], mutation: string, name: string): Scenario {
  const original = scenarios.find((scenario) => scenario.name === name);
  if (!original) throw new Error(`There is no scenario '${name}' for the mutation '${mutation}'`);
  return {
    ...original,
    name: `without ${mutation}: ${name}`,
    // What is broken need not be waited for.
    settleMs: 20_000,
    push: { ...original.push, mutation },
  };
}
