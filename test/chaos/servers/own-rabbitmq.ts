import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from 'amqplib';
import { ServerProcess } from '../../support/server-process';

const run = promisify(execFile);
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const CTL = '/usr/lib/rabbitmq/bin/rabbitmqctl';

/** Maximum age of the figures of {@link OwnRabbitmq.queues}. */
export const QUEUE_FIGURES_MS = 100;

export interface RabbitmqOptions {
  port: number;
  /** For Erlang's distribution: other nodes and `rabbitmqctl`. */
  distributionPort: number;
  nodeName: string;
  /** Lines of rabbitmq.conf. */
  settings?: readonly string[];
}

/** Messages of one queue: waiting, and with a consumer. */
export interface QueueState {
  name: string;
  ready: number;
  unacked: number;
}

/** A real RabbitMQ node of this run, with its data in a folder of its own. */
export class OwnRabbitmq {
  readonly url: string;
  readonly nodeName: string;
  private readonly server: ServerProcess;
  private readonly env: Record<string, string>;

  /** @param dir folder for its data, its settings and its log; the Erlang cookie is there too */
  constructor(
    private readonly options: RabbitmqOptions,
    private readonly dir: string,
  ) {
    this.url = `amqp://guest:guest@127.0.0.1:${options.port}`;
    this.nodeName = options.nodeName;
    this.env = environment(options, dir);
    this.server = new ServerProcess({
      title: `RabbitMQ node ${options.nodeName}`,
      command: SERVER,
      args: [],
      dir,
      env: this.env,
      logFile: join(dir, 'rabbitmq.log'),
      isUp: () => this.answers(),
      startTimeoutMs: 90_000,
    });
  }

  async start(): Promise<void> {
    this.writeSettings();
    await this.server.start();
  }

  /** As if its machine had failed. */
  async kill(): Promise<void> {
    await this.server.kill();
  }

  async stop(): Promise<void> {
    await this.server.kill();
  }

  /** Its output so far. */
  get log(): string {
    return readFileSync(join(this.dir, 'rabbitmq.log'), 'utf8');
  }

  /** Runs `rabbitmqctl` against this node. @returns what it prints */
  async ctl(...args: string[]): Promise<string> {
    const { stdout } = await run(CTL, ['-n', this.nodeName, '-q', ...args], {
      env: { ...process.env, ...this.env },
      timeout: 60_000,
    });
    return stdout;
  }

  /** Messages of every queue as the broker counts them, unacknowledged ones included. */
  async queues(): Promise<QueueState[]> {
    const columns = ['name', 'messages_ready', 'messages_unacknowledged'];
    const json = await this.ctl('list_queues', '--formatter', 'json', ...columns);
    const rows = JSON.parse(json) as Record<string, string | number>[];
    return rows.map((row) => ({
      name: String(row['name']),
      ready: Number(row['messages_ready']),
      unacked: Number(row['messages_unacknowledged']),
    }));
  }

  /** Closes every connection by the broker, as an operator would. */
  async closeConnections(): Promise<void> {
    await this.ctl('close_all_connections', 'closed by the operator');
  }

  private async answers(): Promise<boolean> {
    const connection = await connect(this.url, { timeout: 1000 });
    await connection.close();
    return true;
  }

  private writeSettings(): void {
    mkdirSync(join(this.dir, 'conf.d'), { recursive: true, mode: 0o700 });
    const { settings = [] } = this.options;
    writeFileSync(join(this.dir, 'enabled_plugins'), '[].\n');
    writeFileSync(join(this.dir, 'rabbitmq-env.conf'), '');
    // Maximum age of a quorum queue's figures; five seconds by default.
    writeFileSync(
      join(this.dir, 'advanced.config'),
      `[{rabbit, [{quorum_tick_interval, ${QUEUE_FIGURES_MS}}]}].\n`,
    );
    const lines = ['log.console = true', 'log.console.level = warning', ...settings];
    writeFileSync(join(this.dir, 'rabbitmq.conf'), `${lines.join('\n')}\n`);
  }
}

/** Reads and writes nothing of the system's own RabbitMQ, and listens on loopback only. */
function environment(
  { port, distributionPort, nodeName }: RabbitmqOptions,
  dir: string,
): Record<string, string> {
  return {
    HOME: dir,
    RABBITMQ_CONF_ENV_FILE: join(dir, 'rabbitmq-env.conf'),
    RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq'),
    RABBITMQ_CONFIG_FILES: join(dir, 'conf.d'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(dir, 'data'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_PID_FILE: join(dir, 'node.pid'),
    RABBITMQ_NODENAME: nodeName,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_ADDRESS: '127.0.0.1',
  };
}
