import { loadConfig, RedisConfig } from '@push/config';
import { redisOptions } from './redis-options';

const optionsFor = (urls: string) =>
  redisOptions(
    loadConfig([RedisConfig], { REDIS_URL: urls, REDIS_COMMAND_TIMEOUT_MS: '700' }).get(
      RedisConfig,
    ) as RedisConfig,
  );

describe('redisOptions', () => {
  it('makes one URL one server that fails fast and is dialled only when told to', () => {
    expect(optionsFor('redis://user:pa%3Ass@cache:6380/2')).toMatchObject({
      type: 'single',
      url: 'redis://user:pa%3Ass@cache:6380/2',
      options: {
        lazyConnect: true,
        enableOfflineQueue: false,
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

  it('dials for ever, never more than 1 s apart', () => {
    const { options } = optionsFor('redis://cache') as {
      options: { retryStrategy: (n: number) => number };
    };
    for (const attempt of [1, 2, 10, 100_000]) {
      expect(options.retryStrategy(attempt)).toBeGreaterThanOrEqual(100);
      expect(options.retryStrategy(attempt)).toBeLessThanOrEqual(1000);
    }
  });
});
