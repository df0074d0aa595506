import type { RedisModuleOptions } from '@nestjs-modules/ioredis';
import type { RedisConfig, RedisSentinels } from '@push/config';
import type { RedisOptions } from 'ioredis';
import { isReplicaReply } from './redis.errors';

const CONNECT_TIMEOUT_MS = 5000;
const KEEP_ALIVE_MS = 30_000;
/** From giving a connection up to its end: whoever waits for a reply on it gets an error then. */
const DISCONNECT_TIMEOUT_MS = 200;

/** One URL is one server, a list is a Redis Cluster, and sentinels are asked for the primary. Connects only when told to. */
export function redisOptions(config: RedisConfig): RedisModuleOptions {
  const [first = '', ...others] = config.urls;
  const connection = {
    commandTimeout: config.commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    // A command in flight when the connection breaks fails, and its caller decides what follows.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // To find the new primary.
    reconnectOnError: ({ message }: Error) => isReplicaReply(message),
  } satisfies RedisOptions;
  const client = { enableOfflineQueue: false, lazyConnect: true, enableAutoPipelining: true };
  if (config.sentinels !== undefined) {
    const sentinels = sentinelOptions(config.sentinels, config);
    return {
      type: 'single',
      options: { ...connection, ...client, ...sentinels, retryStrategy: reconnectDelayMs },
    };
  }
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
    nodes: [...config.urls],
    options: {
      ...client,
      clusterRetryStrategy: reconnectDelayMs,
      // Each waits 100 ms while the cluster is down: all together no longer than a command may take.
      maxRedirections: Math.min(16, Math.max(3, Math.floor(config.commandTimeoutMs / 100))),
      // Nodes that the cluster announces come without credentials.
      redisOptions: {
        ...connection,
        username: username ? decodeURIComponent(username) : undefined,
        password: password ? decodeURIComponent(password) : undefined,
        tls: protocol === 'rediss:' ? {} : undefined,
      },
    },
  };
}

/**
 * On each connection attempt the sentinels are asked for the primary, in turn and for ever, those they know of included.
 * A server that does not call itself the primary is not used.
 */
function sentinelOptions(
  { addresses, masterName, database, username, password, tls }: RedisSentinels,
  { commandTimeoutMs, sentinelUsername, sentinelPassword }: RedisConfig,
): RedisOptions {
  return {
    sentinels: addresses,
    name: masterName,
    db: database,
    username,
    password,
    sentinelUsername,
    sentinelPassword,
    sentinelRetryStrategy: reconnectDelayMs,
    // A sentinel that accepts the connection and stays silent must not keep us from the others.
    sentinelCommandTimeout: commandTimeoutMs,
    ...(tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

/** A connection to each sentinel, for its announcements. */
export function sentinelListenerOptions({
  sentinels,
  sentinelUsername,
  sentinelPassword,
  commandTimeoutMs,
}: RedisConfig): RedisOptions[] {
  return (sentinels?.addresses ?? []).map((address) => ({
    ...address,
    username: sentinelUsername,
    password: sentinelPassword,
    tls: sentinels?.tls ? {} : undefined,
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    enableReadyCheck: false,
    autoResubscribe: false, // subscribed on every `ready`
    retryStrategy: reconnectDelayMs,
  }));
}

/** For ever, from 100 ms to 1 s apart, with jitter so that a fleet does not reconnect at once. */
function reconnectDelayMs(attempt: number): number {
  const ceiling = Math.min(100 * 2 ** Math.min(attempt, 4), 1000);
  return Math.round(ceiling * (0.5 + Math.random() / 2));
}
