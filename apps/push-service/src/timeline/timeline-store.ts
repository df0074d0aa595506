import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RedisConnection } from '@push/redis';
import { FIRST, LAST } from './first-and-last';
import type { Pending } from './timeline-buffer';
import type { TimelineEvent } from './timeline-event.schema';
import { TimelineConfig } from './timeline.config';
import {
  defineTimelineCommands,
  FIRST_WRITES,
  keyArguments,
  LAST_WRITES,
  type TimelineCommands,
} from './timeline-scripts';

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
  get atOnce(): number {
    return this.redis.client.isCluster ? 1 : 100;
  }

  /**
   * Appends events to the timelines of at most {@link atOnce} requests. It goes past the breaker, so that it can never
   * speak against Redis; while that is open nothing is sent.
   * @throws where any of it may not have been written
   */
  async append(batch: readonly Pending[]): Promise<void> {
    const { client, connected, dependency } = this.redis;
    if (!connected || !dependency.available) throw new Error('Redis is away');
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
   * @throws {RedisUnavailableError} or {DependencyDownError} while Redis is away
   */
  async read(requestId: string): Promise<StoredTimeline> {
    const key = this.key(requestId);
    const texts = await this.redis.run((client) => client.lrange(key, 0, -1));
    const writes = texts.map((text) => JSON.parse(text) as TimelineEvent[]);
    const full =
      writes.length >= FIRST_WRITES + LAST_WRITES ||
      writes.some(({ length }) => length >= FIRST + LAST);
    return { events: writes.flat(), full };
  }

  /** The request that a notification belongs to, where that is called otherwise; the latest of several. Throws as `read`. */
  async requestOf(notificationId: string): Promise<string | undefined> {
    const key = this.nameKey(notificationId);
    return (await this.redis.run((client) => client.get(key))) ?? undefined;
  }

  private async name(batch: readonly Pending[]): Promise<void> {
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
