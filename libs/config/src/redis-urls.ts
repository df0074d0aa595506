import { z } from 'zod';
import { readSentinels, SENTINEL_PROTOCOLS, type RedisSentinels } from './redis-sentinels';
import { urls } from './variables';

const SERVER_PROTOCOLS = ['redis:', 'rediss:'];

/** Where Redis is, as REDIS_URL says it. */
export interface RedisUrls {
  urls: readonly string[];
  /** Present where the URLs are those of sentinels. */
  sentinels?: RedisSentinels;
}

/** One server's URL, several of one Redis Cluster, or one or more of Redis Sentinels; all with the same scheme. */
export function redisUrls(fallback: string) {
  return urls(fallback, [...SERVER_PROTOCOLS, ...SENTINEL_PROTOCOLS]).transform(
    (found, context): RedisUrls => {
      const protocols = new Set(
        found.filter((url) => URL.canParse(url)).map((url) => new URL(url).protocol),
      );
      const [protocol = ''] = protocols;
      const sentinels = SENTINEL_PROTOCOLS.includes(protocol) ? readSentinels(found) : undefined;
      const problem =
        protocols.size > 1
          ? 'should have the same scheme in all its URLs: a list is either one Redis Cluster or the sentinels of one master'
          : sentinels?.problem;
      if (problem === undefined) return { urls: found, sentinels: sentinels?.sentinels };
      context.addIssue({ code: 'custom', message: problem });
      return z.NEVER;
    },
  );
}
