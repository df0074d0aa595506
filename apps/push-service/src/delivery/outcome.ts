import type { DeviceResult } from '@push/contracts';

/** FCM took it for at least one device. FCM tells a sender no more than that. */
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

/** An end that is kept: a second request with the same id is answered by it. */
export type FinalOutcome = Delivered | Skipped | Expired | Rejected | Exhausted;

/** A final outcome with its time: so it is recorded, and so it is told, the same however often that happens. */
export type RecordedOutcome = FinalOutcome & {
  /** ISO 8601. */
  at: string;
};

/** The request has come to its end before. */
export interface Duplicate {
  kind: 'duplicate';
  /** How it ended; undefined where that was too much to keep. */
  first?: RecordedOutcome;
}

/** What a request has behind it; travels with its message. */
export interface Progress {
  /** Sends that failed and count against RETRY_MAX_TRIES. */
  tries: number;
  /** Parkings that count against PARK_MAX_TIMES. */
  waits: number;
  /** Devices that are done with, where no claim could be told. @default none */
  devices?: readonly DeviceResult[];
}

/** Not now: the message waits in the broker. */
export interface Deferred {
  kind: 'deferred';
  reason: 'claim_held' | 'rate_limited' | 'fcm_failing' | 'user_service_failing';
  delayMs: number;
  /** Left out where nothing has been got on with. */
  progress?: Progress;
}

/** Something this service needs is down, or the process ends; the message goes back and costs nothing. */
export interface Interrupted {
  kind: 'interrupted';
  /** What is down, or `shutdown`. */
  cause: string;
}

/** Every way one notification can end. */
export type Outcome = FinalOutcome | RecordedOutcome | Duplicate | Deferred | Interrupted;

/** An outcome before anything was sent. */
export function rejected(code: string, error: string): Rejected {
  return { kind: 'rejected', code, error, devices: [], attempts: 0 };
}

const FINAL_KINDS = new Set(['delivered', 'skipped', 'expired', 'rejected', 'exhausted']);

const SUCCESSES = new Set(['delivered', 'skipped', 'expired']);

/** Whether it speaks for all that a delivery needs, so that more may be begun at once. */
export function isSuccess({ kind }: Outcome): boolean {
  return SUCCESSES.has(kind);
}

/** Gives an outcome its time, unless it has one from an earlier record. */
export function ending(outcome: FinalOutcome | RecordedOutcome): RecordedOutcome {
  return 'at' in outcome ? outcome : { ...outcome, at: new Date().toISOString() };
}

/** Reads an ending that was recorded; undefined where it is none, as when it was too long to be kept. */
export function readRecordedOutcome(record: unknown): RecordedOutcome | undefined {
  if (typeof record !== 'object' || record === null || !('kind' in record)) return undefined;
  return FINAL_KINDS.has(String(record.kind)) ? ending(record as FinalOutcome) : undefined;
}
