import { ConflictException, NotFoundException } from '@nestjs/common';
import { QueueBrowseError } from '@push/queue';

export const NOT_FOUND = [
  'letter_not_found',
  'There is no dead letter with this id; it may have been replayed or discarded',
] as const;

export const BUSY = [
  'busy',
  'Somebody else is looking through the dead letters just now; try again in a few seconds',
] as const;

const RETRY_AFTER_SECONDS = 3;

/** @throws {ConflictException} where the queue is being walked through already */
export async function unlessBusy<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof QueueBrowseError) || error.code !== 'BUSY') throw error;
    const [code, message] = BUSY;
    throw new ConflictException({ error: code, message, retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
}

export function letterNotFound(): NotFoundException {
  const [error, message] = NOT_FOUND;
  return new NotFoundException({ error, message });
}

/** A letter that has to stay, by the code that says why. */
export function cannotReplay(reason: string): ConflictException {
  const message =
    reason === 'in_progress'
      ? 'A worker is on this request just now; look again when it is done'
      : `It could not be replayed (${reason}), and stays; discard it, or see to what stands in its way`;
  return new ConflictException({ error: reason, message });
}
