import { RedisConfig } from '@push/config';
import { RedisConnection, RedisConnectionModule } from '@push/redis';
import { ok, warning, type Check, type CheckContext, type Finding } from '../check';
import { withParts } from '../with-parts';

/** Scripts whose effects are what is replicated, and commands with several fields at once. */
const OLDEST_MAJOR = 5;

/** Reached, takes writes and scripts, and keeps what it was given. */
export const redisCheck: Check = {
  name: 'redis',
  needs: [RedisConfig],
  advice:
    'See that Redis runs, that REDIS_URL leads to it with the right password, and that it takes writes and scripts.',
  run: inspect,
};

function inspect({ source }: CheckContext): Promise<Finding[]> {
  const parts = { imports: [RedisConnectionModule], configs: [RedisConfig] };
  return withParts(parts, source, async (context) => {
    const redis = context.get(RedisConnection);
    // Through the breaker's own way, so that a refusal is told in the service's words.
    await redis.run((client) => client.ping());
    await redis.run((client) =>
      client.eval("return redis.call('SET', KEYS[1], '1', 'PX', 1000)", 1, redis.key('preflight')),
    );
    const info = await infoOf(redis);
    return [version(info), eviction(info), await persistence(redis, info)];
  });
}

type Info = ReadonlyMap<string, string>;

async function infoOf(redis: RedisConnection): Promise<Info> {
  const text = await redis.run((client) => client.info()).catch(() => '');
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}

function version(info: Info): Finding {
  const found = info.get('redis_version');
  if (found === undefined) return ok('answers, takes writes and scripts; its version is not told');
  return Number.parseInt(found) >= OLDEST_MAJOR
    ? ok(`Redis ${found}: answers, takes writes and scripts`)
    : warning(`Redis ${found}`, `Use Redis ${OLDEST_MAJOR} or later; older ones are not tested.`);
}

function eviction(info: Info): Finding {
  const policy = info.get('maxmemory_policy');
  if (policy === undefined) return ok('eviction: not told');
  return policy === 'noeviction'
    ? ok('eviction: noeviction')
    : warning(
        `eviction: ${policy}; short of memory, Redis would forget what was sent, and it could be sent again`,
        'Set maxmemory-policy noeviction.',
      );
}

async function persistence(redis: RedisConnection, info: Info): Promise<Finding> {
  const log = info.get('aof_enabled');
  if (log === undefined) return ok('persistence: not told');
  if (log === '1') return ok('persistence: append-only file');
  // Refused by many a provider, who persists in ways of its own.
  const saved = await redis.run((client) => client.config('GET', 'save')).catch(() => undefined);
  if (saved === undefined) return ok('persistence: no append-only file; snapshots are not told');
  const points = (saved as string[])[1] ?? '';
  return points === ''
    ? warning(
        'persistence: off; a restart of Redis forgets what was sent, and it could be sent again',
        'Set appendonly yes.',
      )
    : warning(
        'persistence: snapshots only; a crash of Redis forgets the last minutes',
        'Set appendonly yes.',
      );
}
