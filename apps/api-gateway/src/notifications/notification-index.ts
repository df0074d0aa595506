import { Injectable } from '@nestjs/common';
import { type RedisClient, RedisConnection } from '@push/redis';
import { AcceptanceConfig } from '../gateway.config';

/** Who a notification is for and how it is followed. */
export interface NotificationIdentity {
  notificationId: string;
  requestId?: string;
  userId?: string;
  correlationId?: string;
}

/**
 * Adds a notification to the listing of its user: a sorted set of ids by the time they came. One script, as the four
 * commands in it would be half of all that an acceptance sends.
 */
const LIST = `
local id, created_at, most, expired, ttl_seconds = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
redis.call('ZADD', KEYS[1], 'NX', created_at, id)
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -most - 1)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', expired)
redis.call('EXPIRE', KEYS[1], ttl_seconds)
return 1`;

/** The script as a command of a client. */
export interface IndexCommands {
  /** @param createdAt epoch milliseconds, as `expired`, up to which all are left out from now on */
  gatewayList(
    key: string,
    notificationId: string,
    createdAt: number,
    mostListed: number,
    expired: number,
    ttlSeconds: number,
  ): Promise<number>;
}

/** Teaches the client the script; nothing is sent. */
export function defineIndexCommands(client: RedisClient): IndexCommands {
  client.defineCommand('gatewayList', { numberOfKeys: 1, lua: LIST });
  return client as RedisClient & IndexCommands;
}

/** Notifications kept in the listing of one user: the newest. */
const MAX_LISTED = 1000;
const MAX_ID_LENGTH = 256;

/** Finds notifications by request and by user. Every command touches one key, so that it works on a cluster too. */
@Injectable()
export class NotificationIndex {
  private readonly commands: IndexCommands;

  constructor(
    private readonly redis: RedisConnection,
    private readonly config: AcceptanceConfig,
  ) {
    this.commands = defineIndexCommands(redis.client);
  }

  /** Adding again changes nothing. @param createdAt epoch milliseconds, for the order */
  async add(identity: NotificationIdentity, createdAt: number): Promise<void> {
    const { notificationId, requestId, userId } = identity;
    await Promise.all([
      requestId !== undefined && this.addToRequest(requestId, notificationId),
      userId && userId.length <= MAX_ID_LENGTH && this.addToUser(userId, notificationId, createdAt),
    ]);
  }

  async byRequest(requestId: string): Promise<string | undefined> {
    const key = this.requestKey(requestId);
    return (await this.redis.run((client) => client.get(key))) ?? undefined;
  }

  /** One page of a user's notifications, newest first. */
  async byUser(
    userId: string,
    page: number,
    limit: number,
  ): Promise<{ total: number; ids: string[] }> {
    const key = this.userKey(userId);
    const first = (page - 1) * limit;
    const [total, ids] = await Promise.all([
      this.redis.run((client) => client.zcard(key)),
      this.redis.run((client) => client.zrevrange(key, first, first + limit - 1)),
    ]);
    return { total, ids };
  }

  private async addToRequest(requestId: string, notificationId: string): Promise<void> {
    const key = this.requestKey(requestId);
    const { ttlSeconds } = this.config;
    await this.redis.run((client) => client.set(key, notificationId, 'EX', ttlSeconds, 'NX'));
  }

  /** Forgets, on the way, what is beyond the bound and what has expired. */
  private async addToUser(userId: string, notificationId: string, createdAt: number) {
    const key = this.userKey(userId);
    const { ttlSeconds } = this.config;
    const expired = Date.now() - ttlSeconds * 1000;
    await this.redis.run(() =>
      this.commands.gatewayList(key, notificationId, createdAt, MAX_LISTED, expired, ttlSeconds),
    );
  }

  private requestKey(requestId: string): string {
    return this.redis.key(`gateway:request:${requestId}`);
  }

  private userKey(userId: string): string {
    return this.redis.key(`gateway:user:${userId}`);
  }
}
