import { createHash } from 'node:crypto';
import type { DeadLetterMessage } from '@push/contracts';

/** A letter's name: 32 hex digits of what it consists of, the same at every look, in every copy, after every restart. */
export function letterIdOf({ content, properties }: DeadLetterMessage): string {
  const messageId = typeof properties.messageId === 'string' ? properties.messageId : '';
  return createHash('sha256').update(`${messageId}\n`).update(content).digest('hex').slice(0, 32);
}
