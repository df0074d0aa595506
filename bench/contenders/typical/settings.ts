/**
 * Messages in hand at a time. Nest's own default is 0, which is no limit: one look at a full queue, and all of it is in
 * the process. Its guide sets none; those who found out set a small number, and 10 is what most examples have.
 */
export const PREFETCH = 10;

/** Survives the loss of a broker, as those of everybody else here. */
export const QUORUM = { durable: true, arguments: { 'x-queue-type': 'quorum' } };

/** How long a request is remembered: a day. */
export const REMEMBERED_SECONDS = 86_400;

export function env(name: string): string {
  return process.env[name] ?? '';
}
