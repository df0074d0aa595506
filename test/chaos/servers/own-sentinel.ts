import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ServerProcess } from '../../support/server-process';

const BINARY = '/usr/bin/redis-server';

export interface SentinelOptions {
  port: number;
  /** The primary that it monitors, as it is at the start. */
  master: { name: string; port: number };
  /** Sentinels that have to agree. */
  quorum: number;
  /** Silence after which a primary counts as down, in milliseconds. */
  downAfterMs: number;
}

/** A real Redis Sentinel of this run. */
export class OwnSentinel {
  readonly port: number;
  private readonly server: ServerProcess;
  private readonly settingsFile: string;
  private client?: Redis;

  /** @param dir folder for its settings, which it rewrites itself, and its log */
  constructor(
    private readonly options: SentinelOptions,
    private readonly dir: string,
  ) {
    this.port = options.port;
    this.settingsFile = join(dir, 'sentinel.conf');
    this.server = new ServerProcess({
      title: `Redis Sentinel on port ${this.port}`,
      command: BINARY,
      args: [this.settingsFile, '--sentinel'],
      dir,
      logFile: join(dir, 'sentinel.log'),
      isUp: () => this.admin.ping().then(() => true),
    });
  }

  /** A client for the test itself. */
  get admin(): Redis {
    if (this.client) return this.client;
    this.client = new Redis({ port: this.port, host: '127.0.0.1', retryStrategy: () => 20 });
    this.client.on('error', () => undefined); // while it is down
    return this.client;
  }

  /** Starts it, with its settings of before where it was killed. */
  async start(): Promise<void> {
    if (this.client === undefined) this.writeSettings();
    await this.server.start();
  }

  /** Its view of the master, and of the master's replicas and other sentinels. */
  async master(): Promise<Record<string, string>> {
    const flat = (await this.admin.call(
      'SENTINEL',
      'MASTER',
      this.options.master.name,
    )) as string[];
    return Object.fromEntries(
      Array.from({ length: flat.length / 2 }, (_, n) => flat.slice(2 * n, 2 * n + 2)),
    ) as Record<string, string>;
  }

  async kill(): Promise<void> {
    await this.server.kill();
  }

  async stop(): Promise<void> {
    this.client?.disconnect();
    this.client = undefined;
    await this.server.kill();
  }

  private writeSettings(): void {
    const { master, quorum, downAfterMs } = this.options;
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    const lines = [
      `port ${this.port}`,
      'bind 127.0.0.1',
      `dir ${this.dir}`,
      `sentinel monitor ${master.name} 127.0.0.1 ${master.port} ${quorum}`,
      `sentinel down-after-milliseconds ${master.name} ${downAfterMs}`,
      `sentinel failover-timeout ${master.name} ${10 * downAfterMs}`,
    ];
    writeFileSync(this.settingsFile, `${lines.join('\n')}\n`);
  }
}
