import type { RedisModuleOptions } from '@nestjs-modules/ioredis';
import type { RedisConfig } from '@push/config';
import type { CommonRedisOptions } from 'ioredis';

const CONNECT_TIMEOUT_MS = 5000;
const KEEP_ALIVE_MS = 30_000;

/** One URL is one server, a list of them is a Redis Cluster. Nothing connects before it is told to. */
export function redisOptions({ urls, commandTimeoutMs }: RedisConfig): RedisModuleOptions {
  const [first = '', ...others] = urls;
  const connection = {
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    // A command that was under way when the connection broke fails, and its caller decides what that means.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // After a failover the old address may lead to a replica: dial again to find the new primary.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies Partial<CommonRedisOptions>;
  const client = { enableOfflineQueue: false, enableAutoPipelining: true, lazyConnect: true };
  if (others.length === 0) {
    return {
      type: 'single',
      url: first,
      options: { ...connection, ...client, retryStrategy: reconnectDelayMs },
    };
  }
  const { username, password, protocol } = new URL(first);
  return {
    type: 'cluster',
    nodes: [...urls],
    options: {
      ...client,
      clusterRetryStrategy: reconnectDelayMs,
      // The nodes that the cluster names by itself come without credentials.
      redisOptions: {
        ...connection,
        username: username ? decodeURIComponent(username) : undefined,
        password: password ? decodeURIComponent(password) : undefined,
        tls: protocol === 'rediss:' ? {} : undefined,
      },
    },
  };
}

/** For ever, from 100 ms to 1 s apart, spread so that a fleet does not come back in step. */
function reconnectDelayMs(attempt: number): number {
  const ceiling = Math.min(100 * 2 ** Math.min(attempt, 4), 1000);
  return Math.round(ceiling * (0.5 + Math.random() / 2));
}
