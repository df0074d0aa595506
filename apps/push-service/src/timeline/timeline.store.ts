import { hash } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { type RedisClient, RedisConnection } from '@push/redis';
import type { TimelineEvent } from './timeline-event.schema';
import { TimelineConfig } from './timeline.config';

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

/** Writes kept of one request: the first and the last. */
export const FIRST_WRITES = 5;
export const LAST_WRITES = 20;

/** Appends to lists; a full one loses its middle. ARGV: time to live in ms, then an item for each key. */
const APPEND = `
for n, key in ipairs(KEYS) do
  if redis.call('RPUSH', key, ARGV[n + 1]) > ${FIRST_WRITES + LAST_WRITES} then
    local last = redis.call('LRANGE', key, -${LAST_WRITES}, -1)
    redis.call('LTRIM', key, 0, ${FIRST_WRITES - 1})
    redis.call('RPUSH', key, unpack(last))
  end
  redis.call('PEXPIRE', key, ARGV[1])
end
return 1`;

/** Sets each key. ARGV: time to live in ms, then a value for each key. */
const NAME = `
for n, key in ipairs(KEYS) do redis.call('SET', key, ARGV[n + 1], 'PX', ARGV[1]) end
return 1`;

/** The scripts as commands of a client: keys as {@link keyArguments} has them, then the arguments. */
interface TimelineCommands {
  timelineAppend(...keysAndArguments: (string | number)[]): Promise<1>;
  timelineName(...keysAndArguments: (string | number)[]): Promise<1>;
}

/** Defines the scripts on the client; nothing is sent. */
function defineTimelineCommands(client: RedisClient): TimelineCommands {
  const scripts: Record<keyof TimelineCommands, string> = {
    timelineAppend: APPEND,
    timelineName: NAME,
  };
  const numberOfKeys = client.isCluster ? 1 : undefined;
  for (const [name, lua] of Object.entries(scripts)) {
    client.defineCommand(name, { numberOfKeys, lua });
  }
  return client as RedisClient & TimelineCommands;
}

/**
 * Keys with their number before them, but for the one key on a cluster: there ioredis (5.11) puts a command into a pipeline
 * by its first argument, and a pipeline with keys of several nodes fails as a whole.
 */
function keyArguments(client: RedisClient, keys: readonly string[]): (string | number)[] {
  return client.isCluster ? [...keys] : [keys.length, ...keys];
}

/** A timeline as it is kept. */
export interface StoredTimeline {
  events: TimelineEvent[];
  /** Whether events may have been left out in the middle. */
  full: boolean;
}

/** Timelines in Redis: a list of what was written, by request, and the request of each notification that is called otherwise. */
@Injectable()
export class TimelineStore {
  private readonly commands: TimelineCommands;
  private readonly ttlMs: number;

  constructor(
    private readonly redis: RedisConnection,
    config: TimelineConfig,
  ) {
    this.commands = defineTimelineCommands(redis.client);
    this.ttlMs = config.ttlSeconds * 1000;
  }

  /** Requests that one write may be about: on a cluster a command has one key. */
  get maxRequestsPerWrite(): number {
    return this.redis.client.isCluster ? 1 : 100;
  }

  /**
   * Appends events to the timelines of at most {@link maxRequestsPerWrite} requests. It goes past the breaker, so that it never
   * counts as a failure of Redis; while that is open nothing is sent.
   * @throws where any of it may not have been written
   */
  async append(batch: readonly PendingEvents[]): Promise<void> {
    const { client, connected, dependency } = this.redis;
    if (!connected || !dependency.available) throw new Error('Redis is down');
    const keys = batch.map(({ requestId }) => this.key(requestId));
    // One text a request: each argument of a command costs.
    const events = batch.map((pending) => JSON.stringify(pending.events.all));
    const appended = this.commands.timelineAppend(
      ...keyArguments(client, keys),
      this.ttlMs,
      ...events,
    );
    await Promise.all([appended, this.name(batch)]);
  }

  /**
   * What was written of a request, oldest first; nothing where nothing is known.
   * @throws {RedisUnavailableError} or {DependencyDownError} while Redis is down
   */
  async read(requestId: string): Promise<StoredTimeline> {
    const key = this.key(requestId);
    const texts = await this.redis.run((client) => client.lrange(key, 0, -1));
    const writes = texts.map((text) => JSON.parse(text) as TimelineEvent[]);
    const full =
      writes.length >= FIRST_WRITES + LAST_WRITES ||
      writes.some(({ length }) => length >= FIRST_EVENTS + LAST_EVENTS);
    return { events: writes.flat(), full };
  }

  /** The request that a notification belongs to, where that is called otherwise; the latest of several. Throws as `read`. */
  async requestOf(notificationId: string): Promise<string | undefined> {
    const key = this.nameKey(notificationId);
    return (await this.redis.run((client) => client.get(key))) ?? undefined;
  }

  private async name(batch: readonly PendingEvents[]): Promise<void> {
    const named = batch.filter(({ notificationId }) => notificationId !== undefined);
    if (named.length === 0) return;
    const keys = named.map(({ notificationId = '' }) => this.nameKey(notificationId));
    const requestIds = named.map(({ requestId }) => requestId);
    await this.commands.timelineName(
      ...keyArguments(this.redis.client, keys),
      this.ttlMs,
      ...requestIds,
    );
  }

  private key(requestId: string): string {
    return this.redis.key(`timeline:${digest(requestId)}`);
  }

  private nameKey(notificationId: string): string {
    return this.redis.key(`timeline-of:${digest(notificationId)}`);
  }
}

/** Ids are any text of any sender: a digest bounds the key, as that of a claim. */
function digest(id: string): string {
  return hash('sha256', id).slice(0, 32);
}
