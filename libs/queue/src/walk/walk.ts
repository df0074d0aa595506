import type { ConsumeMessage } from 'amqplib';

/**
 * What to do with a message that a walk has come to:
 * - `keep` it stays in the queue
 * - `take` it is handed to `BrowseVisitor.take`
 * - `stop` it stays, and so does the rest
 */
export type BrowseStep = 'keep' | 'take' | 'stop';

/** Looks at each message of a queue, first to last. */
export interface BrowseVisitor {
  /** Decides at once. Whatever is kept of the message is the visitor's to bound. */
  visit(message: ConsumeMessage): BrowseStep;
  /**
   * Sees to a message that was taken, with many others at a time. It is removed from the queue only where this resolves
   * to true; false, or a rejection, leaves it there.
   */
  take?(message: ConsumeMessage): Promise<boolean>;
}

export interface BrowseOptions {
  /** Messages to visit. @default all that are ready at the start */
  atMost?: number;
  /** Milliseconds after which no further message is visited. @default 20000 */
  timeoutMs?: number;
}

/** How a walk went. */
export interface BrowseReport {
  /** Messages ready at the start; those that come, or come back, later are not visited. */
  depth: number;
  visited: number;
  removed: number;
  /** Whether all of them were visited, and all that the visitor wanted to take was handed to it. */
  complete: boolean;
}
