import type { RedisModuleOptions } from '@nestjs-modules/ioredis';
import type { RedisConfig, RedisSentinels } from '@push/config';
import type { CommonRedisOptions, RedisOptions } from 'ioredis';
import { speaksOfReplica } from './refusal';

const CONNECT_TIMEOUT_MS = 5000;
const KEEP_ALIVE_MS = 30_000;

/** One URL is one server, a list is a Redis Cluster, and sentinels are asked for the primary. Nothing connects before it is told to. */
export function redisOptions(config: RedisConfig): RedisModuleOptions {
  const [first = '', ...others] = config.urls;
  const connection = {
    commandTimeout: config.commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    // A command that was under way when the connection broke fails, and its caller decides what that means.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // Dials again, to find the new primary.
    reconnectOnError: ({ message }: Error) => speaksOfReplica(message),
  } satisfies Partial<CommonRedisOptions>;
  const client = { enableOfflineQueue: false, lazyConnect: true };
  if (config.sentinels !== undefined) {
    const dialling = {
      retryStrategy: reconnectDelayMs,
      ...sentinelOptions(config.sentinels, config),
    };
    return { type: 'single', options: { ...connection, ...client, ...dialling } };
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
      enableAutoPipelining: true, // one connection shares its writes at less cost
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

/**
 * Each time it dials, the sentinels are asked for the primary, in turn and for ever; others that they know of are
 * asked too. What they name is used only if it calls itself the primary.
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
    // One that takes the connection and says nothing must not keep us from the others.
    sentinelCommandTimeout: commandTimeoutMs,
    ...(tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

/** A connection to each sentinel, to hear what it announces. */
export function watcherOptions({
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
    autoResubscribe: false, // done anew with every connection
    retryStrategy: reconnectDelayMs,
  }));
}

/** For ever, from 100 ms to 1 s apart, spread so that a fleet does not come back in step. */
function reconnectDelayMs(attempt: number): number {
  const ceiling = Math.min(100 * 2 ** Math.min(attempt, 4), 1000);
  return Math.round(ceiling * (0.5 + Math.random() / 2));
}
