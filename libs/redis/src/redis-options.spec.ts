import { loadConfig, RedisConfig } from '@push/config';
import { redisOptions } from './redis-options';

const optionsFor = (urls: string, more: Record<string, string> = {}) =>
  redisOptions(
    loadConfig([RedisConfig], { REDIS_URL: urls, REDIS_COMMAND_TIMEOUT_MS: '700', ...more }).get(
      RedisConfig,
    ) as RedisConfig,
  );

describe('redisOptions', () => {
  it('makes one URL one server that fails fast, pipelines, and connects only when told to', () => {
    expect(optionsFor('redis://user:pa%3Ass@cache:6380/2')).toMatchObject({
      type: 'single',
      url: 'redis://user:pa%3Ass@cache:6380/2',
      options: {
        lazyConnect: true,
        enableOfflineQueue: false,
        enableAutoPipelining: true,
        maxRetriesPerRequest: 0,
        commandTimeout: 700,
      },
    });
  });

  it('makes several URLs a cluster whose every node gets the credentials of the first', () => {
    expect(optionsFor('rediss://user:pa%3Ass@a:1, rediss://b:2')).toMatchObject({
      type: 'cluster',
      nodes: ['rediss://user:pa%3Ass@a:1', 'rediss://b:2'],
      options: {
        lazyConnect: true,
        enableOfflineQueue: false,
        redisOptions: { username: 'user', password: 'pa:ss', tls: {}, commandTimeout: 700 },
      },
    });
  });

  it('asks sentinels for the primary, with a timeout and credentials of their own', () => {
    const urls = 'redis-sentinel://user:pa%3Ass@a:1/main/2, redis-sentinel://b/main/2';
    const { url, ...rest } = optionsFor(urls, {
      REDIS_SENTINEL_USERNAME: 'watcher',
      REDIS_SENTINEL_PASSWORD: 'other',
    }) as { url?: string };
    expect(url).toBeUndefined();
    expect(rest).toMatchObject({
      type: 'single',
      options: {
        lazyConnect: true,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        commandTimeout: 700,
        sentinels: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26_379 },
        ],
        name: 'main',
        db: 2,
        username: 'user',
        password: 'pa:ss',
        sentinelUsername: 'watcher',
        sentinelPassword: 'other',
        sentinelCommandTimeout: 700,
      },
    });
    expect(rest).not.toHaveProperty('options.tls');
  });

  it('uses TLS with the sentinels and with the servers, or with neither', () => {
    expect(optionsFor('rediss-sentinel://a/main')).toMatchObject({
      options: { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true },
    });
  });

  it('reconnects when it has reached a replica', () => {
    const { options } = optionsFor('redis-sentinel://a/main') as {
      options: { reconnectOnError: (error: Error) => boolean };
    };
    expect(options.reconnectOnError(new Error("READONLY You can't write"))).toBe(true);
    expect(options.reconnectOnError(new Error('NOREPLICAS Not enough'))).toBe(false);
  });

  it('reconnects for ever, at most 1 s apart', () => {
    type Delay = (attempt: number) => number;
    const { options: single } = optionsFor('redis://cache') as {
      options: { retryStrategy: Delay };
    };
    const { options: sentinel } = optionsFor('redis-sentinel://a/main') as {
      options: { retryStrategy: Delay; sentinelRetryStrategy: Delay };
    };
    const delays = [single.retryStrategy, sentinel.retryStrategy, sentinel.sentinelRetryStrategy];
    for (const attempt of [1, 2, 10, 100_000]) {
      for (const delay of delays) {
        expect(delay(attempt)).toBeGreaterThanOrEqual(100);
        expect(delay(attempt)).toBeLessThanOrEqual(1000);
      }
    }
  });
});
