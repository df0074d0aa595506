import { writeSync } from 'node:fs';

/**
 * The named points of a delivery at which a process of the test build can be made to die. Production code knows none of
 * them: `main.ts` of this folder puts parts with such points in place of push-service's own.
 */
export const FAULT_POINTS = [
  'before-claim',
  'after-claim',
  'after-fcm-answer',
  'after-device-record',
  'after-decision',
  'after-record',
  'after-dead-letter',
  'after-status',
  'after-park',
  'after-going-back',
  'before-ack',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Where a process dies, and on which passage of that point; passages count from 1. */
export interface Death {
  point: FaultPoint;
  passage: number;
}

/** A request whose id begins so kills every worker that is about to send it. */
export const DEADLY_PREFIX = 'deadly-';

/** The last words of a process, on a line of their own in its log. */
export interface LastWords {
  died_at: FaultPoint;
  request_id: string;
  /** Fingerprint of the device, where the point is about one. */
  device?: string;
  /** Epoch milliseconds. */
  time: number;
}

let death: Death | undefined;
let passages = 0;

/** @param argument `<point>@<passage>`; none leaves the process alive */
export function prepareDeath(argument: string | undefined): void {
  if (argument === undefined) return;
  const [point, passage] = argument.split('@');
  death = {
    point: FAULT_POINTS.find((name) => name === point) ?? unknown(argument),
    passage: Number(passage),
  };
}

/** This point is passed for that request; it may be the last thing that this process does. */
export function passed(point: FaultPoint, requestId: string, device?: string): void {
  if (point !== death?.point) return;
  passages += 1;
  if (passages !== death.passage) return;
  const words: LastWords = { died_at: point, request_id: requestId, device, time: Date.now() };
  writeSync(process.stdout.fd, `${JSON.stringify(words)}\n`);
  die();
}

/** The request a message is about; empty where it is too broken to tell. */
export function requestIdOf(content: Buffer): string {
  try {
    const { request_id } = JSON.parse(content.toString()) as { request_id?: string };
    return request_id ?? '';
  } catch {
    return '';
  }
}

/** As the kernel's out-of-memory killer does it: nothing is flushed, closed or said. */
export function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function unknown(argument: string): never {
  throw new Error(`${argument} names no fault point; there are ${FAULT_POINTS.join(', ')}`);
}
