import type { ClassifierOptions } from './judge';

/** What makes one dependency. */
export interface DependencyOptions extends ClassifierOptions {
  /** Its name in logs, metrics and health: `fcm`, `redis`, `user-service`. */
  name: string;
  /** Consecutive failures that open the breaker. */
  failures: number;
  /** Milliseconds from opening to the first probe, and between probes. */
  openMs: number;
  /** Asks whether the dependency works again; rejects while it does not. Never spends a message. */
  probe: () => Promise<void>;
  /** Milliseconds after which a probe that has not ended counts as failed. @default 15000 */
  probeTimeoutMs?: number;
}

/** An operator's word that a breaker stays open, whatever probes would find. */
export interface Hold {
  /** Who holds it. */
  by: string;
  /** Epoch milliseconds. */
  since: number;
}
