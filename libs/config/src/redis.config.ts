import { environment } from './environment';
import { integer, namespace, urls } from './variables';

/** Where Redis is and how long a command may take. */
export class RedisConfig extends environment({
  REDIS_URL: urls('redis://127.0.0.1:6379', ['redis:', 'rediss:']),
  REDIS_NAMESPACE: namespace(),
  REDIS_COMMAND_TIMEOUT_MS: integer(2000, { min: 50 }),
}) {
  readonly urls = this.env.REDIS_URL;
  /** Prefix of every key. @default '' */
  readonly namespace = this.env.REDIS_NAMESPACE;
  /** @default 2000 */
  readonly commandTimeoutMs = this.env.REDIS_COMMAND_TIMEOUT_MS;
}
