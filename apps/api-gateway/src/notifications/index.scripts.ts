import type { RedisClient } from '@push/redis';

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
