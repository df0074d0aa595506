import { Injectable } from '@nestjs/common';
import { type RedisClient, RedisConnection } from '@push/redis';
import { AcceptanceConfig } from '../gateway.config';

/**
 * The claim on a request_id while its notification is accepted. One hash, touched by one script at a time, in Redis's
 * own time:
 *
 *   state            accepting | released | accepted
 *   notification_id  the first one given to this request; kept, so that every try publishes the same
 *   owner            token of who is accepting
 *   lease_until      epoch milliseconds
 */
const TAKE = `
local owner, notification_id, lease_ms, keep_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'state', 'notification_id', 'lease_until')
if held[1] == 'accepted' then return { 'accepted', held[2] } end
if held[1] == 'accepting' and tonumber(held[3]) > now then return { 'held', held[2] } end
local id = held[2] or notification_id
redis.call('HSET', KEYS[1], 'state', 'accepting', 'notification_id', id, 'owner', owner,
  'lease_until', now + lease_ms)
redis.call('PEXPIRE', KEYS[1], keep_ms)
return { 'taken', id }`;

/** Whoever holds the claim by now: the broker has the message, and that is what counts. */
const ACCEPT = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'state', 'accepted', 'notification_id', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`;

const RELEASE = `
local held = redis.call('HMGET', KEYS[1], 'state', 'owner')
if held[1] ~= 'accepting' or held[2] ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'released', 'owner', '', 'lease_until', 0)
return 1`;

/** As if the request had never been seen, its notification_id included. */
const FORGET = `
local held = redis.call('HMGET', KEYS[1], 'state', 'owner')
if held[1] ~= 'accepting' or held[2] ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** What taking a claim comes to, with the notification_id of the request. */
export type TakeReply = ['taken' | 'held' | 'accepted', notificationId: string];

/** The scripts as commands of a client. */
export interface ClaimCommands {
  gatewayTake(
    key: string,
    owner: string,
    notificationId: string,
    leaseMs: number,
    keepMs: number,
  ): Promise<TakeReply>;
  gatewayAccept(key: string, notificationId: string, ttlMs: number): Promise<number>;
  gatewayRelease(key: string, owner: string): Promise<number>;
  gatewayForget(key: string, owner: string): Promise<number>;
}

/** Teaches the client the scripts; nothing is sent. */
export function defineClaimCommands(client: RedisClient): ClaimCommands {
  const scripts: Record<keyof ClaimCommands, string> = {
    gatewayTake: TAKE,
    gatewayAccept: ACCEPT,
    gatewayRelease: RELEASE,
    gatewayForget: FORGET,
  };
  for (const [name, lua] of Object.entries(scripts)) {
    client.defineCommand(name, { numberOfKeys: 1, lua });
  }
  return client as RedisClient & ClaimCommands;
}

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
