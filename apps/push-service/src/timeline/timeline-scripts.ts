import type { RedisClient } from '@push/redis';
import { FIRST, LAST } from './first-and-last';

/** Appends to lists; one that is full loses what stands in its middle. ARGV: time to live in ms, then for each key a count and as many events. */
const APPEND = `
local at = 2
for _, key in ipairs(KEYS) do
  local count = tonumber(ARGV[at])
  local length = redis.call('RPUSH', key, unpack(ARGV, at + 1, at + count))
  if length > ${FIRST + LAST} then
    local last = redis.call('LRANGE', key, -${LAST}, -1)
    redis.call('LTRIM', key, 0, ${FIRST - 1})
    redis.call('RPUSH', key, unpack(last))
  end
  redis.call('PEXPIRE', key, ARGV[1])
  at = at + 1 + count
end
return 1`;

/** Sets each key. ARGV: time to live in ms, then a value for each key. */
const NAME = `
for n, key in ipairs(KEYS) do redis.call('SET', key, ARGV[n + 1], 'PX', ARGV[1]) end
return 1`;

/** The scripts as commands of a client: number of keys, keys, arguments. */
export interface TimelineCommands {
  timelineAppend(keys: number, ...keysAndArguments: (string | number)[]): Promise<1>;
  timelineName(keys: number, ...keysAndArguments: (string | number)[]): Promise<1>;
}

/** Teaches the client the scripts; nothing is sent. */
export function defineTimelineCommands(client: RedisClient): TimelineCommands {
  const scripts: Record<keyof TimelineCommands, string> = {
    timelineAppend: APPEND,
    timelineName: NAME,
  };
  for (const [name, lua] of Object.entries(scripts)) client.defineCommand(name, { lua });
  return client as RedisClient & TimelineCommands;
}
