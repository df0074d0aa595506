import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RedisConnection } from '@push/redis';
import type { Pending } from './timeline-buffer';
import type { TimelineEvent } from './timeline-event.schema';
import { TimelineConfig } from './timeline.config';
import { defineTimelineCommands, keyArguments, type TimelineCommands } from './timeline-scripts';

/** Timelines in Redis: a list of events by request, and the request of each notification that is called otherwise. */
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
    const events = batch.flatMap((pending) => {
      const texts = pending.events.all.map((event) => JSON.stringify(event));
      return [texts.length, ...texts];
    });
    const appended = this.commands.timelineAppend(
      ...keyArguments(client, keys),
      this.ttlMs,
      ...events,
    );
    await Promise.all([appended, this.name(batch)]);
  }

  /**
   * The events of a request, oldest first; none where nothing is known.
   * @throws {RedisUnavailableError} or {DependencyDownError} while Redis is away
   */
  async read(requestId: string): Promise<TimelineEvent[]> {
    const key = this.key(requestId);
    const texts = await this.redis.run((client) => client.lrange(key, 0, -1));
    return texts.map((text) => JSON.parse(text) as TimelineEvent);
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
