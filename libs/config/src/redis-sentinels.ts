/** Redis Sentinels, and what they lead to. */
export interface RedisSentinels {
  addresses: { host: string; port: number }[];
  /** What the sentinels call the servers that they watch. */
  masterName: string;
  /** Number of the database on those servers. @default 0 */
  database: number;
  /** User at those servers, not at the sentinels. */
  username?: string;
  password?: string;
  /** Whether the sentinels and the servers speak TLS. */
  tls: boolean;
}

/** `redis-sentinel://[user:password@]host[:26379]/master-name[/database]` */
export const SENTINEL_PROTOCOLS = ['redis-sentinel:', 'rediss-sentinel:'];

const USUAL_PORT = 26_379;
const FORM =
  'should be redis-sentinel://[user:password@]host:26379/master-name, with /database at the end where that is not 0';
const DIFFERENT =
  'should name the same master, and the same database, in the URL of every sentinel';
const UNREADABLE = 'should have user, password and master name percent-encoded in its URLs';

/** Reads the URLs of the sentinels of one master; the first one's user and password count for all. */
export function readSentinels(
  urls: readonly string[],
): { sentinels: RedisSentinels; problem?: undefined } | { sentinels?: undefined; problem: string } {
  const parsed = urls.map((url) => new URL(url));
  const [first] = parsed;
  if (first === undefined || !parsed.every(isWellFormed)) return { problem: FORM };
  const paths = new Set(parsed.map(({ pathname }) => pathname.replace(/\/0?$/, '')));
  if (paths.size > 1) return { problem: DIFFERENT };
  try {
    const [, masterName = '', database] = first.pathname.split('/').map(decodeURIComponent);
    const sentinels = {
      addresses: parsed.map(({ hostname, port }) => ({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: Number(port) || USUAL_PORT,
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
