import type { Load } from '../world/load';
import { IN_HAND } from '../world/push-launch';
import type { World } from '../world/world';

/** What a scenario may do to requests; all else is a broken promise. */
export interface Allowance {
  /** Reasons for which a request that could be delivered may fail after all. @default none */
  mayFailFor?: readonly string[];
  /**
   * Why FCM may have taken a push twice: a process was `killed`, and then as many as it can have had in hand; FCM's
   * answers were lost; or another copy of the same message was faster than the one that knows. @default never
   */
  mayResend?: 'killed' | 'answers lost' | 'copies';
  /**
   * Whether Redis may have lost its data while requests were not acked: what comes again is a new request then, with an
   * end of its own. @default false
   */
  mayForget?: boolean;
  /** Seconds within which all is worked off once the fault is over. @default 30 */
  recoversWithin?: number;
  /** Dead letters that are no request of the load, such as poison. @default none */
  otherLetters?: number;
}

/** How many requests may have been sent more than once. */
export function mayBeSentTwice({ deaths }: World, load: Load, { mayResend }: Allowance): number {
  switch (mayResend) {
    case undefined:
      return 0;
    case 'killed':
      return deaths * IN_HAND;
    case 'copies':
      return load.copied.size;
    case 'answers lost':
      return Infinity;
    default:
      return mayResend satisfies never;
  }
}
