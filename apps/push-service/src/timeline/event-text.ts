import type { Happened } from './timeline-event.schema';

/** An event as the JSON that is kept of it. */
export type EventText = string;

/** What has just happened, with its time. Text from the start: objects that wait to be written cost the garbage collector. */
export function eventText(happened: Happened): EventText {
  return `{"at":${Date.now()},${JSON.stringify(happened).slice(1)}`;
}
