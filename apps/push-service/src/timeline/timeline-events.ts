import { hostname } from 'node:os';
import type { TimelineEvent } from './timeline-event.schema';

/** Events kept of one write: the first and the last. About 12 KB at most. */
export const FIRST_EVENTS = 20;
export const LAST_EVENTS = 80;
/** Codes come from other systems too. */
const MAX_CODE_LENGTH = 64;

/** This process, as events name it: host:pid. */
export const INSTANCE = `${hostname().slice(0, 64)}:${process.pid}`;

/** The request that a timeline is about. */
export interface TimelineIds {
  requestId: string;
  /** By which it can be found too. */
  notificationId: string;
}

/** What waits to be written of one request. */
export interface PendingEvents {
  requestId: string;
  /** Where it is another than the request id. */
  notificationId?: string;
  events: TimelineEvents;
}

/** A list of bounded length. What comes when it is full takes the place of what stands in the middle. */
export class TimelineEvents {
  readonly all: TimelineEvent[] = [];

  add(event: TimelineEvent): void {
    this.all.push(event);
    if (this.all.length > FIRST_EVENTS + LAST_EVENTS) this.all.splice(FIRST_EVENTS, 1);
  }
}

/** A code as the timeline keeps it. */
export function shortCode(code: string): string {
  return code.slice(0, MAX_CODE_LENGTH);
}

/** The code of one of our errors. */
export function codeOf(error: unknown): string {
  const known = error instanceof Error && 'code' in error && typeof error.code === 'string';
  return known ? shortCode(error.code as string) : 'unexpected';
}
