import { environment } from './environment';
import { redisUrls } from './redis-urls';
import { integer, namespace, optionalText } from './variables';

/** Where Redis is and how long a command may take. */
export class RedisConfig extends environment(
  {
    REDIS_URL: redisUrls('redis://127.0.0.1:6379'),
    REDIS_SENTINEL_USERNAME: optionalText(),
    REDIS_SENTINEL_PASSWORD: optionalText(),
    REDIS_NAMESPACE: namespace(),
    REDIS_COMMAND_TIMEOUT_MS: integer(2000, { min: 50 }),
  },
  (env) =>
    env.REDIS_SENTINEL_USERNAME !== undefined && env.REDIS_SENTINEL_PASSWORD === undefined
      ? [{ variable: 'REDIS_SENTINEL_PASSWORD', problem: 'is needed with REDIS_SENTINEL_USERNAME' }]
      : [],
) {
  /** One server, the nodes of one cluster, or the sentinels. */
  readonly urls = this.env.REDIS_URL.urls;
  /** The same URLs, read; absent where they are not those of sentinels. */
  readonly sentinels = this.env.REDIS_URL.sentinels;
  /** User at the sentinels themselves. @default the sentinels' default user */
  readonly sentinelUsername = this.env.REDIS_SENTINEL_USERNAME;
  /** Password of the sentinels themselves; that of the servers is in the URLs. */
  readonly sentinelPassword = this.env.REDIS_SENTINEL_PASSWORD;
  /** Prefix of every key. @default '' */
  readonly namespace = this.env.REDIS_NAMESPACE;
  /** @default 2000 */
  readonly commandTimeoutMs = this.env.REDIS_COMMAND_TIMEOUT_MS;
}
