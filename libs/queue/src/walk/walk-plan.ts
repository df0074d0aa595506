import { HEADERS } from '@push/contracts';
import type { ConsumeMessage } from 'amqplib';

/** What a walk is told. */
export interface WalkPlan {
  queue: string;
  depth: number;
  atMost: number;
  /** Puts a fresh copy of a message at the end of its queue; left out where looking costs a message nothing. */
  renew?: (message: ConsumeMessage) => Promise<void>;
}

/** Messages taken, or copied, at once. */
export const AT_ONCE = 200;
/** Bytes of messages in hand, above which a message is left for the next walk. */
export const MAX_BYTES_IN_HAND = 64 * 1024 * 1024;

/** RabbitMQ gives messages back in order for as many consumers as this; for more it does so in blocks. */
const MAX_CONSUMERS = 28;
const MIN_WINDOW = 500;
/** AMQP has two bytes for it. */
const MAX_WINDOW = 65_535;

/** Messages that one consumer may hold. */
export function windowSizeFor({ depth, renew }: WalkPlan): number {
  if (renew) return MIN_WINDOW; // all of them may have to be copied
  return Math.min(MAX_WINDOW, Math.max(MIN_WINDOW, Math.ceil(depth / MAX_CONSUMERS)));
}

/** Whether giving it back once more brings it nearer to a limit: the broker counts, from the second delivery on. */
export function isToBeRenewed({ renew }: WalkPlan, { properties }: ConsumeMessage): boolean {
  const count: unknown = properties.headers?.[HEADERS.deliveryCount];
  return renew !== undefined && typeof count === 'number' && count > 0;
}
