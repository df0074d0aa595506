import { AsyncLocalStorage } from 'node:async_hooks';
import { FirstAndLast } from './first-and-last';
import type { TimelineEventDetails, TimelineEvent } from './timeline-event.schema';

/** Whose timeline it is. */
export interface TimelineIds {
  requestId: string;
  /** By which it can be found too. */
  notificationId: string;
}

/** What happens to one message while it is worked on. */
export interface Journey {
  /** Absent until the message has been read, and where it is too broken to tell. */
  ids?: TimelineIds;
  events: FirstAndLast<TimelineEvent>;
}

const journeys = new AsyncLocalStorage<Journey>();

/** Runs the work on a message; what is noted meanwhile, however deep within, is noted in this journey. */
export function travel<T>(journey: Journey, work: () => Promise<T>): Promise<T> {
  return journeys.run(journey, work);
}

/**
 * Notes what happens to the message that is worked on; outside of a journey it does nothing. Takes a microsecond.
 * @param happened with its time, or without where it happens now: a copy is made then, of more bytes than the event has. A
 * function where telling it costs more than that: it is asked only within a journey
 */
export function note(happened: TimelineEventDetails | TimelineEvent | (() => TimelineEvent)): void {
  const journey = journeys.getStore();
  if (!journey) return;
  const event = typeof happened === 'function' ? happened() : happened;
  journey.events.add(isDated(event) ? event : { at: Date.now(), ...event });
}

function isDated(event: TimelineEventDetails): event is TimelineEvent {
  return 'at' in event;
}

/** Tells whose journey it is that this is called in. */
export function noteWhose(ids: TimelineIds | undefined): void {
  const journey = journeys.getStore();
  if (journey) journey.ids = ids;
}
