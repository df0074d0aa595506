import { RabbitmqConfig, RedisConfig } from '@push/config';
import { inspectBroker, QueueOptions, type NodeFinding, type TopologyFinding } from '@push/queue';
import { RedisConnection, RedisConnectionModule } from '@push/redis';
import { StatusConfig } from '../status/status.config';
import { failed, ok, warning, withParts, type Check, type Finding } from './check';

const RABBITMQ_ADVICE = 'Check that RabbitMQ runs, and that RABBITMQ_URL is right.';

/** Every node, the exchange and the queues, and our permissions. */
export const rabbitmqCheck: Check = {
  name: 'rabbitmq',
  needs: [RabbitmqConfig, StatusConfig],
  advice: RABBITMQ_ADVICE,
  run: async ({ config, declare }) => {
    const options = new QueueOptions({
      relaysStatus: config(StatusConfig).callbackUrl !== undefined,
    });
    const { nodes, topology, forbidden } = await inspectBroker(config(RabbitmqConfig), options, {
      declare,
    });
    const reached = nodes.some(({ problem }) => problem === undefined);
    return [
      ...nodes.map((node) => nodeFinding(node, reached)),
      ...topology.map((found) => topologyFinding(found)),
      ...(reached ? [permissionsFinding(forbidden)] : []),
    ];
  },
};

function nodeFinding({ node, version, problem }: NodeFinding, reached: boolean): Finding {
  if (problem === undefined) return ok(`${node}: RabbitMQ ${version ?? 'unknown'}`);
  // A cluster works without one of its nodes.
  const result = reached ? warning : failed;
  return result(`${node}: ${problem}`, nodeAdvice(problem));
}

function nodeAdvice(problem: string): string {
  if (/ACCESS.REFUSED/.test(problem)) {
    return 'Correct user and password in RABBITMQ_URL; the user "guest" may only connect from the same machine.';
  }
  if (/ConnectionClose|vhost|NOT.ALLOWED/.test(problem)) {
    return 'Check that the virtual host in RABBITMQ_URL exists, and that the user may use it.';
  }
  return RABBITMQ_ADVICE;
}

function topologyFinding({ kind, name, state, detail = '' }: TopologyFinding): Finding {
  const what = `${kind} ${name}`;
  switch (state) {
    case 'as declared':
      return ok(`${what}: exists`);
    case 'missing':
      return ok(`${what}: missing; will be declared at the start`);
    case 'differs':
      return warning(
        `${what}: exists with other arguments than ours, and is used as it is (${detail})`,
        'Nothing, if that is intended: docs/decisions/0016-existing-queues.md says what changes by it.',
      );
    case 'unusable':
      return failed(
        `${what}: cannot be used (${detail})`,
        'Delete it or name another one: NOTIFICATIONS_EXCHANGE, PUSH_QUEUE, or QUEUE_NAMESPACE for all of them.',
      );
  }
}

function permissionsFinding(forbidden: readonly string[]): Finding {
  return forbidden.length === 0
    ? ok('permissions: read and write, on what exists')
    : failed(
        `permissions: the user may not ${forbidden.join(', nor ')}`,
        'Grant the user of RABBITMQ_URL configure, write and read on our exchange and queues.',
      );
}

/** The first version that replicates the effects of scripts, and sets several fields of a hash with one command. */
const OLDEST_REDIS = 5;

/** Redis accepts commands and scripts, and does not lose data. */
export const redisCheck: Check = {
  name: 'redis',
  needs: [RedisConfig],
  advice:
    'Check that Redis runs, that REDIS_URL is right, with its password, and that Redis accepts writes and scripts.',
  run: ({ source }) => {
    const parts = { imports: [RedisConnectionModule], configs: [RedisConfig] };
    return withParts(parts, source, async (context) => {
      const redis = context.get(RedisConnection);
      await redis.run((client) => client.ping());
      await redis.run((client) =>
        client.eval(
          "return redis.call('SET', KEYS[1], '1', 'PX', 1000)",
          1,
          redis.key('preflight'),
        ),
      );
      const info = await readInfo(redis);
      return [versionFinding(info), evictionFinding(info), await persistenceFinding(redis, info)];
    });
  },
};

type Info = ReadonlyMap<string, string>;

async function readInfo(redis: RedisConnection): Promise<Info> {
  const text = await redis.run((client) => client.info()).catch(() => '');
  return new Map(
    [...text.matchAll(/^([^:\r\n]+):([^\r\n]*)/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}

function versionFinding(info: Info): Finding {
  const version = info.get('redis_version');
  if (version === undefined) return ok('accepts writes and scripts; its version is unknown');
  return Number.parseInt(version) >= OLDEST_REDIS
    ? ok(`Redis ${version}: accepts writes and scripts`)
    : warning(`Redis ${version}`, `Use Redis ${OLDEST_REDIS} or later; older ones are not tested.`);
}

function evictionFinding(info: Info): Finding {
  const policy = info.get('maxmemory_policy');
  if (policy === undefined || policy === 'noeviction')
    return ok(`eviction: ${policy ?? 'unknown'}`);
  return warning(
    `eviction: ${policy}; without free memory Redis would delete claims, and notifications could be sent again`,
    'Set maxmemory-policy noeviction.',
  );
}

async function persistenceFinding(redis: RedisConnection, info: Info): Promise<Finding> {
  const log = info.get('aof_enabled');
  if (log === undefined) return ok('persistence: unknown');
  if (log === '1') return ok('persistence: append-only file');
  // Many hosted services refuse CONFIG, and have a persistence of their own.
  const saved = await redis.run((client) => client.config('GET', 'save')).catch(() => undefined);
  if (saved === undefined) return ok('persistence: no append-only file; snapshots unknown');
  const [, snapshots = ''] = saved as string[];
  return warning(
    snapshots === ''
      ? 'persistence: off; a restart of Redis loses claims, and notifications could be sent again'
      : 'persistence: snapshots only; a crash of Redis loses the last minutes',
    'Set appendonly yes.',
  );
}
