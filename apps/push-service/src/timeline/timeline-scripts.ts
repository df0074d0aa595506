import type { RedisClient } from '@push/redis';

/** Writes kept of one request: the first and the last. */
export const FIRST_WRITES = 5;
export const LAST_WRITES = 20;

/** Appends to lists; one that is full loses what stands in its middle. ARGV: time to live in ms, then an item for each key. */
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
export interface TimelineCommands {
  timelineAppend(...keysAndArguments: (string | number)[]): Promise<1>;
  timelineName(...keysAndArguments: (string | number)[]): Promise<1>;
}

/** Teaches the client the scripts; nothing is sent. */
export function defineTimelineCommands(client: RedisClient): TimelineCommands {
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
export function keyArguments(client: RedisClient, keys: readonly string[]): (string | number)[] {
  return client.isCluster ? [...keys] : [keys.length, ...keys];
}
