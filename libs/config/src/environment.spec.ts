import { ConfigError, environment, loadConfig } from './environment';
import { FcmConfig } from './fcm.config';
import { RabbitmqConfig } from './rabbitmq.config';
import { RedisConfig } from './redis.config';
import { BreakerConfig, RetryConfig } from './resilience.config';
import { UserServiceConfig } from './user-service.config';
import { flag, integer, list, urlOrNone } from './variables';

function load<T>(config: new (env: never) => T, source: Record<string, string>): T {
  return loadConfig([config as never], source).get(config as never) as T;
}

describe('loadConfig', () => {
  it('uses the documented defaults for an empty environment', () => {
    const retry = load(RetryConfig, {});
    expect([retry.maxTries, retry.initialDelayMs, retry.maxDelayMs]).toEqual([3, 1000, 60_000]);
    const breaker = load(BreakerConfig, {});
    expect([breaker.failures, breaker.openMs]).toEqual([5, 30_000]);
    expect(load(RabbitmqConfig, {}).urls).toEqual(['amqp://guest:guest@127.0.0.1:5672']);
  });

  it('names every wrong variable of every concern in one message, and no values', () => {
    const wrong = {
      RABBITMQ_URL: 'not a url with-secret-password',
      RETRY_MAX_TRIES: 'three',
      BREAKER_OPEN_MS: '-1',
      FCM_EMULATOR_HOST: '127.0.0.1:8004',
    };
    const start = () => loadConfig([RabbitmqConfig, RetryConfig, BreakerConfig, FcmConfig], wrong);
    expect(start).toThrow(ConfigError);
    expect(start).toThrow(/RABBITMQ_URL should be a URL/);
    expect(start).toThrow(/RETRY_MAX_TRIES should be a whole number/);
    expect(start).toThrow(/BREAKER_OPEN_MS should be a whole number/);
    expect(start).not.toThrow(/secret-password|three/);
  });

  it('treats an empty variable as one that is not set', () => {
    expect(load(RetryConfig, { RETRY_MAX_TRIES: ' ' }).maxTries).toBe(3);
  });

  it('refuses to start without Firebase and without the emulator, and says what to set', () => {
    expect(() => load(FcmConfig, {})).toThrow(
      /GOOGLE_APPLICATION_CREDENTIALS[\s\S]*FCM_EMULATOR_HOST/,
    );
    expect(load(FcmConfig, { FCM_EMULATOR_HOST: 'localhost:8004' }).emulatorHost).toBe(
      'localhost:8004',
    );
    expect(load(FcmConfig, { FIREBASE_PROJECT_ID: 'p' }).projectId).toBe('p');
  });

  it('refuses a service account file that does not exist', () => {
    expect(() => load(FcmConfig, { GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json' })).toThrow(
      /GOOGLE_APPLICATION_CREDENTIALS should be the path of a service account file that exists/,
    );
  });

  it('reads a list of URLs as one cluster and prefixes every name with the namespace', () => {
    const config = load(RabbitmqConfig, {
      RABBITMQ_URL: 'amqp://a:5672, amqps://b:5671',
      QUEUE_NAMESPACE: 'blue.',
    });
    expect(config.urls).toEqual(['amqp://a:5672', 'amqps://b:5671']);
    expect(config.pushQueue).toBe('blue.push.queue');
    expect(config.exchange).toBe('blue.notifications.direct');
  });

  it('reads one URL as one Redis, a list as a cluster, and URLs of sentinels as their master', () => {
    expect(load(RedisConfig, {})).toMatchObject({ urls: ['redis://127.0.0.1:6379'] });
    const cluster = load(RedisConfig, { REDIS_URL: 'redis://a:1, redis://b:2' });
    expect([cluster.urls, cluster.sentinels]).toEqual([['redis://a:1', 'redis://b:2'], undefined]);
    const { sentinels } = load(RedisConfig, {
      REDIS_URL:
        'redis-sentinel://me:pa%3Ass@a:1/the%20master/3,redis-sentinel://[::1]/the%20master/3',
    });
    expect(sentinels).toEqual({
      addresses: [
        { host: 'a', port: 1 },
        { host: '::1', port: 26_379 },
      ],
      masterName: 'the master',
      database: 3,
      username: 'me',
      password: 'pa:ss',
      tls: false,
    });
  });

  it.each([
    ['redis://a, redis-sentinel://b/m', /REDIS_URL should have the same scheme in all its URLs/],
    ['redis://a, rediss://b', /REDIS_URL should have the same scheme/],
    ['redis-sentinel://secret@a:26379', /REDIS_URL should be redis-sentinel:.*\/master-name/],
    ['redis-sentinel://a/m/one', /REDIS_URL should be redis-sentinel:.*\/database/],
    ['redis-sentinel://a:26379,b:26379/0#m', /REDIS_URL should be/],
    ['redis-sentinel:///m', /REDIS_URL should be redis-sentinel:/],
    ['redis-sentinel://a/m, redis-sentinel://b/n', /REDIS_URL should name the same master/],
    ['redis-sentinel://a/m/1, redis-sentinel://b/m', /REDIS_URL should name the same master/],
    ['redis-sentinel://me:100%@a/m', /REDIS_URL should have user.* percent-encoded/],
    ['http://a', /REDIS_URL should be a URL such as/],
    ['nothing', /REDIS_URL should be a URL such as/],
  ])('refuses %s as REDIS_URL, and says what it should be', (url, problem) => {
    const start = () => load(RedisConfig, { REDIS_URL: url });
    expect(start).toThrow(problem);
    expect(start).not.toThrow(/secret|100%/);
  });

  it('requires the password of a user of the sentinels', () => {
    expect(() => load(RedisConfig, { REDIS_SENTINEL_USERNAME: 'me' })).toThrow(
      /REDIS_SENTINEL_PASSWORD is needed/,
    );
  });

  it('refuses a DELETE path for dead tokens without the token', () => {
    const paths = (USER_SERVICE_DEAD_TOKEN_PATH: string, method = '') =>
      load(UserServiceConfig, {
        USER_SERVICE_DEAD_TOKEN_PATH,
        USER_SERVICE_DEAD_TOKEN_METHOD: method,
      }).deadTokenPath;
    expect(() => paths('/users/{user_id}/devices')).toThrow(/USER_SERVICE_DEAD_TOKEN_PATH.*token/);
    expect(paths('/dead-tokens', 'POST')).toBe('/dead-tokens');
    expect(paths('/devices/{token}')).toBe('/devices/{token}');
    expect(paths('')).toBeUndefined();
  });

  it('reads flags, lists and URLs that may be none', () => {
    class Sample extends environment({
      ON: flag(false),
      KEYS: list(),
      CALLBACK: urlOrNone('http://127.0.0.1/'),
      SIZE: integer(7, { min: 1, max: 9 }),
    }) {
      readonly all = this.env;
    }
    expect(load(Sample, { ON: 'yes', KEYS: 'a, b,', CALLBACK: '' }).all).toEqual({
      ON: true,
      KEYS: ['a', 'b'],
      CALLBACK: undefined,
      SIZE: 7,
    });
    expect(() => load(Sample, { SIZE: '10' })).toThrow(/SIZE should be a whole number, 1 to 9/);
  });
});
