import { hostname } from 'node:os';
import type { Recipient } from '@push/contracts';
import type { SendResult } from '@push/fcm';
import type { ClaimAnswer } from '@push/idempotency';
import type { PushContext } from '@push/queue';
import type { DeviceIdentity } from '../delivery/device-identity';
import type { Deferred, RecordedOutcome } from '../delivery/outcome';
import type { TimelineEvent } from './timeline-event.schema';

const INSTANCE = `${hostname().slice(0, 64)}:${process.pid}`;
/** Codes come from other systems too. */
const MAX_CODE_LENGTH = 64;

/** A message has come from the queue. */
export function received({ publishedAt, redelivered, parkedCount }: PushContext): TimelineEvent {
  return {
    at: Date.now(),
    event: 'received',
    queued_ms: publishedAt === undefined ? null : Math.max(0, Date.now() - publishedAt),
    redelivered,
    parked_count: parkedCount,
    instance: INSTANCE,
  };
}

/** The claim store has answered. */
export function claimAnswered(answer: ClaimAnswer): TimelineEvent {
  const { takenOver = false, takeOvers = 0 } = 'claim' in answer ? answer.claim : {};
  return {
    at: Date.now(),
    event: 'claim',
    answer: answer.state,
    taken_over: takenOver,
    take_overs: takeOvers,
    held_ms: answer.state === 'held' ? answer.remainingMs : undefined,
  };
}

/** The user service has answered. @param recipient undefined where it knows no such user @param ms that it took */
export function lookedUp(recipient: Recipient | undefined, ms: number): TimelineEvent {
  const devices = recipient?.devices.length ?? 0;
  return { at: Date.now(), event: 'looked_up', from: 'user_service', devices, ms: Math.round(ms) };
}

/** The user service gave no sound answer. @param ms that it took */
export function lookUpFailed(error: unknown, ms: number): TimelineEvent {
  return { at: Date.now(), event: 'look_up_failed', code: codeOf(error), ms: Math.round(ms) };
}

/** FCM has answered one try. @param ms that it took */
export function tried(identity: DeviceIdentity, result: SendResult, ms: number): TimelineEvent {
  const { device, fingerprint, platform } = identity;
  return {
    at: Date.now(),
    event: 'tried',
    device,
    fingerprint,
    platform,
    code: result.accepted ? 'OK' : short(result.code),
    ms: Math.round(ms),
  };
}

/** The message waits in the broker now. */
export function parked({ reason, delayMs }: Deferred): TimelineEvent {
  const until = new Date(Date.now() + delayMs).toISOString();
  return { at: Date.now(), event: 'parked', reason, delay_ms: Math.round(delayMs), until };
}

/** The message goes back to the queue for an error. @param counted whether that speaks against the message */
export function wentBack(error: unknown, counted: boolean): TimelineEvent {
  return { at: Date.now(), event: 'requeued', cause: codeOf(error), counted };
}

/** How the request has ended, for good. */
export function ended(end: RecordedOutcome): TimelineEvent {
  switch (end.kind) {
    case 'delivered':
    case 'expired':
      return { at: Date.now(), event: 'ended', outcome: end.kind };
    case 'skipped':
      return { at: Date.now(), event: 'ended', outcome: end.kind, code: end.reason };
    case 'rejected':
    case 'exhausted':
      return { at: Date.now(), event: 'ended', outcome: end.kind, code: short(end.code) };
    default:
      return end satisfies never;
  }
}

/** A code as it is kept. */
export function short(code: string): string {
  return code.slice(0, MAX_CODE_LENGTH);
}

/** The code of an error of the house. */
export function codeOf(error: unknown): string {
  const known = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return known ? short(error.code as string) : 'unexpected';
}
