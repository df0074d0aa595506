import { CircuitState } from 'cockatiel';

/** State of a breaker as logs, metrics and health call it. */
export type DependencyState = 'closed' | 'open' | 'half_open';

/** cockatiel's states by our names. */
export const STATES: Readonly<Record<CircuitState, DependencyState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};
