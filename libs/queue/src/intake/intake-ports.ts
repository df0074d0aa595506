import type { PushContext } from './push-context';

/** How intake begins again. */
export interface ResumeOptions {
  /** Whether something has recovered, and is to be met little by little over `rampUpMs`. */
  rampUp: boolean;
}

/** What whoever watches over intake can see of it. Counts only grow; the watcher has the clock. */
export interface IntakeActivity {
  /** Whether there is a connection to the broker. */
  linked: boolean;
  /** Whether nothing holds intake back: no pause, no drain. */
  wanted: boolean;
  /** Consumers that are open, as far as the broker has told us. */
  consumers: number;
  /** Messages received so far. */
  received: number;
  /** Attempts at opening the consumers' channel that have failed so far. */
  failures: number;
  /** Messages in hand. */
  inFlight: number;
  /** Messages received and not begun. */
  waiting: number;
}

/** What intake leaves to its owner. */
export interface IntakePorts {
  /** Works on a message and settles it. Never rejects. */
  handle: (context: PushContext) => Promise<void>;
  onReady: () => void;
  onLost: () => void;
}
