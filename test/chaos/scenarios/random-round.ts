import type { Scenario } from '../scenario';

/** TODO */
export function randomRound(round: number, seed: number): Scenario {
  return { name: `round ${round} (${seed})`, run: ({ load }) => load.end() };
}
