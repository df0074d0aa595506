import { z } from 'zod';
import { environment } from './environment';
import { integer, namespace, optionalText, urls } from './variables';

/** Redis Sentinels, and the servers they monitor. */
export interface RedisSentinels {
  addresses: { host: string; port: number }[];
  /** The name that the sentinels monitor. */
  masterName: string;
  /** Number of the database on those servers. @default 0 */
  database: number;
  /** User at those servers, not at the sentinels. */
  username?: string;
  password?: string;
  /** Whether the sentinels and the servers use TLS. */
  tls: boolean;
}

/** `redis-sentinel://[user:password@]host[:26379]/master-name[/database]` */
const SENTINEL_PROTOCOLS = ['redis-sentinel:', 'rediss-sentinel:'];

const SENTINEL_PORT = 26_379;
const SENTINEL_FORM =
  'should be redis-sentinel://[user:password@]host:26379/master-name, with /database at the end where that is not 0';
const DIFFERENT =
  'should name the same master, and the same database, in the URL of every sentinel';
const UNREADABLE = 'should have user, password and master name percent-encoded in its URLs';

/** Reads the URLs of the sentinels of one master; user and password are those of the first. */
function readSentinels(
  found: readonly string[],
): { sentinels: RedisSentinels; problem?: undefined } | { sentinels?: undefined; problem: string } {
  const parsed = found.map((url) => new URL(url));
  const [first] = parsed;
  if (first === undefined || !parsed.every(isWellFormed)) return { problem: SENTINEL_FORM };
  const paths = new Set(parsed.map(({ pathname }) => pathname.replace(/\/0?$/, '')));
  if (paths.size > 1) return { problem: DIFFERENT };
  try {
    const [, masterName = '', database] = first.pathname.split('/').map(decodeURIComponent);
    const sentinels = {
      addresses: parsed.map(({ hostname, port }) => ({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port) || SENTINEL_PORT,
      })),
      masterName,
      database: Number(database ?? 0),
      username: decodeURIComponent(first.username) || undefined,
      password: decodeURIComponent(first.password) || undefined,
      tls: first.protocol === 'rediss-sentinel:',
    };
    return { sentinels };
  } catch {
    return { problem: UNREADABLE };
  }
}

function isWellFormed({ hostname, pathname, search, hash }: URL): boolean {
  return hostname !== '' && /^\/[^/]+(\/\d*)?$/.test(pathname) && search === '' && hash === '';
}

const SERVER_PROTOCOLS = ['redis:', 'rediss:'];

/** REDIS_URL, parsed. */
interface RedisUrls {
  urls: readonly string[];
  /** Present where the URLs are those of sentinels. */
  sentinels?: RedisSentinels;
}

/** The URL of one server, of several of one Redis Cluster, or of Redis Sentinels; all with the same scheme. */
function redisUrls(fallback: string) {
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
  /** The same URLs, parsed; absent where they are not those of sentinels. */
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
