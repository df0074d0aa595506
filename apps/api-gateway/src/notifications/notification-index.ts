import { Injectable } from '@nestjs/common';
import { RedisConnection } from '@push/redis';
import { AcceptanceConfig } from '../gateway.config';
import { defineIndexCommands, type IndexCommands } from './index.scripts';
import type { NotificationIdentity } from './notification-record';

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
