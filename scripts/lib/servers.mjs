import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { probeRabbitmq, probeRedis } from './probe.mjs';

/**
 * The two servers the project needs, and how each is found, installed and started. `debian.launch` returns the command
 * that runs the server in the foreground, listening on loopback only, with everything it writes below `dir`.
 */
export const servers = [
  {
    key: 'rabbitmq',
    title: 'RabbitMQ',
    urlVariable: 'RABBITMQ_URL',
    portVariable: 'RABBITMQ_PORT',
    usualPort: 5672,
    url: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
    probe: probeRabbitmq,
    debian: {
      package: 'rabbitmq-server',
      // Not the wrapper in /usr/sbin: it switches to a user who may not be able to write here.
      binary: '/usr/lib/rabbitmq/bin/rabbitmq-server',
      launch: rabbitmqLaunch,
    },
    docker: { port: 5672, volume: '/var/lib/rabbitmq', hostname: 'rabbitmq', command: [] },
  },
  {
    key: 'redis',
    title: 'Redis',
    urlVariable: 'REDIS_URL',
    portVariable: 'REDIS_PORT',
    usualPort: 6379,
    url: (port) => `redis://127.0.0.1:${port}`,
    probe: probeRedis,
    debian: { package: 'redis-server', binary: '/usr/bin/redis-server', launch: redisLaunch },
    docker: {
      port: 6379,
      volume: '/data',
      hostname: 'redis',
      command: ['redis-server', '--appendonly', 'yes'],
    },
  },
];

function rabbitmqLaunch({ dir, port, distributionPort, nodeName }) {
  const plugins = join(dir, 'enabled_plugins');
  const noSystemConfig = join(dir, 'rabbitmq-env.conf');
  mkdirSync(join(dir, 'conf.d'), { recursive: true });
  writeFileSync(plugins, '[].\n');
  writeFileSync(noSystemConfig, '');
  writeFileSync(join(dir, 'rabbitmq.conf'), 'log.console = true\n');
  return {
    command: servers[0].debian.binary,
    args: [],
    env: {
      // Erlang's cookie file is there.
      HOME: dir,
      RABBITMQ_CONF_ENV_FILE: noSystemConfig,
      RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq'),
      RABBITMQ_CONFIG_FILES: join(dir, 'conf.d'),
      RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
      RABBITMQ_MNESIA_BASE: join(dir, 'data'),
      RABBITMQ_LOG_BASE: join(dir, 'log'),
      RABBITMQ_PID_FILE: join(dir, 'node.pid'),
      RABBITMQ_NODENAME: nodeName,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(distributionPort),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_ADDRESS: '127.0.0.1',
    },
  };
}

function redisLaunch({ dir, port }) {
  const options = { port, bind: '127.0.0.1', dir, appendonly: 'yes', save: '', daemonize: 'no' };
  return {
    command: servers[1].debian.binary,
    args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
    env: {},
  };
}
