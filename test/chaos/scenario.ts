import type { Evidence } from './audit/evidence';
import type { Allowance } from './audit/allowance';
import type { Load, LoadOptions } from './world/load';
import type { PushSpec } from './world/push-launch';
import type { World } from './world/world';

/** What a scenario works with while it runs. */
export interface Stage {
  world: World;
  load: Load;
  /** Notes what is being broken, for those who read how a round went. */
  tell: (what: string) => void;
}

/** One way in which things break, and what must hold all the same. */
export interface Scenario {
  /** Unique; the part before the colon is its group. */
  name: string;
  /** @default 1000 requests at 200 a second, through the gateway */
  load?: Partial<Omit<LoadOptions, 'name'>>;
  push?: PushSpec;
  /** What RabbitMQ and Redis are. @default 'single' */
  servers?: 'single' | 'clusters';
  allows?: Allowance;
  /** Before the push-services are started. */
  prepare?: (stage: Pick<Stage, 'world'>) => Promise<void>;
  /** The push-services cannot be ready at first, so they are not waited for. @default false */
  startsInTrouble?: boolean;
  /** Breaks things while the load runs, and mends them: all is well again when it resolves. */
  run: (stage: Stage) => Promise<void>;
  /** What must hold beyond the promises of every scenario. @returns broken promises in words */
  check?: (evidence: Evidence, stage: Stage) => string[] | Promise<string[]>;
  /** Longest wait for everything to come to rest after the fault, in milliseconds. @default 90000 */
  settleMs?: number;
  /** The broken promise that has to be seen, where something is broken on purpose. */
  notices?: RegExp;
}
