import type { DeviceResult } from '@push/contracts';

/** FCM accepted it for at least one device. FCM tells a sender no more than that. */
export interface Delivered {
  kind: 'delivered';
  devices: DeviceResult[];
  attempts: number;
}

/** The user wants no push notifications. */
export interface Skipped {
  kind: 'skipped';
  reason: 'opted_out';
}

/** It was stale before it could be sent. */
export interface Expired {
  kind: 'expired';
}

/** It can never be delivered as it is. */
export interface Rejected {
  kind: 'rejected';
  /** A short code, such as `user_not_found`. */
  code: string;
  /** A sentence that says what to do. */
  error: string;
  devices: DeviceResult[];
  attempts: number;
}

/** It failed on every try, for reasons that may pass. */
export interface Exhausted extends Omit<Rejected, 'kind'> {
  kind: 'exhausted';
}

/** An outcome that is recorded: a second request with the same id is answered with it. */
export type FinalOutcome = Delivered | Skipped | Expired | Rejected | Exhausted;

/** A final outcome with its time. It is recorded and reported unchanged, however often that happens. */
export type RecordedOutcome = FinalOutcome & {
  /** ISO 8601. */
  at: string;
};

/** The request has a final outcome already, or another worker has taken over its claim. */
export interface Duplicate {
  kind: 'duplicate';
  /** The first outcome; undefined where it was too long to keep, or is not known yet. */
  first?: RecordedOutcome;
}

/** What was tried before; travels with the message. */
export interface Progress {
  /** Failed sends that count against RETRY_MAX_TRIES. */
  tries: number;
  /** Parkings that count against PARK_MAX_TIMES. */
  waits: number;
}

/** Not now: the message waits in a delay queue of the broker. */
export interface Deferred {
  kind: 'deferred';
  reason: 'claim_held' | 'rate_limited' | 'fcm_failing' | 'user_service_failing' | 'not_yet_due';
  delayMs: number;
  /** Left out where nothing has changed: then that of the message stays. */
  progress?: Progress;
}

/** A dependency is down, or the process stops: the message is requeued. */
export interface Interrupted {
  kind: 'interrupted';
  /** What is down, `shutdown`, or `settlement`. */
  cause: string;
  /** Whether the same would fail again, so that it counts towards giving the message up. @default false */
  counted?: true;
}

/** Every outcome of one message, from the consumer to the ack. */
export type Outcome = FinalOutcome | RecordedOutcome | Duplicate | Deferred | Interrupted;

/** All kinds, for reports that are complete before anything has happened. */
export const OUTCOME_KINDS = [
  'delivered',
  'duplicate',
  'skipped',
  'expired',
  'rejected',
  'exhausted',
  'deferred',
  'interrupted',
] as const satisfies readonly Outcome['kind'][];

const FINAL_KINDS = new Set(['delivered', 'skipped', 'expired', 'rejected', 'exhausted']);

/** Delays between checks of something that is not ready, by how often the message has been parked. */
const PARK_DELAYS_MS = [1000, 5000, 15_000, 60_000, 300_000] as const;

/** A rejection before anything was sent. */
export function rejected(code: string, error: string): Rejected {
  return { kind: 'rejected', code, error, devices: [], attempts: 0 };
}

/** The outcome of a message that repeatedly ends its worker, or that cannot be settled. */
export const GAVE_UP = rejected(
  'gave_up',
  'Processing was started again and again and never completed; see the log for what it does to the service',
);

/** Gives a final outcome its time, unless it has one from an earlier record. */
export function withTime(outcome: FinalOutcome | RecordedOutcome): RecordedOutcome {
  return 'at' in outcome ? outcome : { ...outcome, at: new Date().toISOString() };
}

/** Reads an outcome that was recorded; undefined where it is none, as when it was too long to keep. */
export function readRecordedOutcome(record: unknown): RecordedOutcome | undefined {
  if (typeof record !== 'object' || record === null || !('kind' in record)) return undefined;
  return FINAL_KINDS.has(String(record.kind)) ? withTime(record as FinalOutcome) : undefined;
}

/** How long a message is parked that has been parked so often before, in milliseconds. */
export function parkDelayMs(parkedCount: number): number {
  return PARK_DELAYS_MS[parkedCount] ?? 300_000;
}

/**
 * Parks a request, or ends it where it has been parked `parkMaxTimes` times for a reason that counts.
 * @param giveUp its outcome then
 */
export function deferOr<T>(
  deferred: Omit<Deferred, 'kind' | 'progress'> & { progress: Progress },
  parkMaxTimes: number,
  giveUp: () => T,
): Deferred | T {
  const { tries, waits } = deferred.progress;
  if (waits >= parkMaxTimes) return giveUp();
  return { ...deferred, kind: 'deferred', progress: { tries, waits: waits + 1 } };
}
