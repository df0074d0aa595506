import { Redis } from 'ioredis';
import { admin } from './admin';
import { REDIS_URL } from './servers';
import type { Json, Stack } from './stack';
import { waitFor } from './wait-for';

/** Waits for an event in the timeline of a notification; returns `data` of the answer. */
export function timelineWith(
  stack: Pick<Stack, 'pushUrls'>,
  id: string,
  event: string,
): Promise<Json> {
  return waitFor(`${event} in the timeline of ${id}`, async () => {
    const { body } = await admin(stack, `/notifications/${encodeURIComponent(id)}/timeline`);
    return eventsOf(body['data'] as Json | null).includes(event)
      ? (body['data'] as Json)
      : undefined;
  });
}

/** The names of its events, in order. */
export function eventsOf(timeline: Json | null): string[] {
  return ((timeline?.['events'] ?? []) as Json[]).map(({ event }) => String(event));
}

/** Everything in Redis that belongs to the timelines of a stack, as one text. */
export async function storedTimelines({ namespace }: Pick<Stack, 'namespace'>): Promise<string> {
  const redis = new Redis(REDIS_URL);
  try {
    const lists = await redis.keys(`${namespace}timeline:*`);
    const names = await redis.keys(`${namespace}timeline-of:*`);
    const events = await Promise.all(lists.map((key) => redis.lrange(key, 0, -1)));
    const ids = await Promise.all(names.map((key) => redis.get(key)));
    return JSON.stringify([lists, names, events, ids]);
  } finally {
    await redis.quit();
  }
}
