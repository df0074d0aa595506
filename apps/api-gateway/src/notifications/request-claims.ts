import { Injectable } from '@nestjs/common';
import { RedisConnection } from '@push/redis';
import { AcceptanceConfig } from '../gateway.config';
import { defineClaimCommands, type ClaimCommands, type TakeReply } from './claim.scripts';

/** How long a request that was not accepted keeps its notification_id, for the client's next try. */
const KEEP_MS = 3_600_000;

/** Who accepts a request: one gateway at a time, until the lease ends; and what came of it. All calls reject while Redis is down. */
@Injectable()
export class RequestClaims {
  private readonly commands: ClaimCommands;

  constructor(
    private readonly redis: RedisConnection,
    private readonly config: AcceptanceConfig,
  ) {
    this.commands = defineClaimCommands(redis.client);
  }

  /**
   * @param owner token of this try
   * @param notificationId taken over only where the request has none yet
   */
  take(requestId: string, owner: string, notificationId: string): Promise<TakeReply> {
    const { leaseMs } = this.config;
    return this.redis.run(() =>
      this.commands.gatewayTake(this.key(requestId), owner, notificationId, leaseMs, KEEP_MS),
    );
  }

  /** The broker has the message: the request is not to be published again. */
  async accept(requestId: string, notificationId: string): Promise<void> {
    const ttlMs = this.config.ttlSeconds * 1000;
    await this.redis.run(() =>
      this.commands.gatewayAccept(this.key(requestId), notificationId, ttlMs),
    );
  }

  /** The broker does not have the message: the next try may begin at once. */
  async release(requestId: string, owner: string): Promise<void> {
    await this.redis.run(() => this.commands.gatewayRelease(this.key(requestId), owner));
  }

  /** The request cannot have the notification_id it came with: the next try may bring another one. */
  async forget(requestId: string, owner: string): Promise<void> {
    await this.redis.run(() => this.commands.gatewayForget(this.key(requestId), owner));
  }

  private key(requestId: string): string {
    return this.redis.key(`gateway:claim:${requestId}`);
  }
}
