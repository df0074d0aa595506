import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ServerProcess } from './server-process';

const BINARY = '/usr/bin/redis-server';

/** A real Redis of this run, with its data in a folder of its own. */
export class OwnRedis {
  readonly url: string;
  private readonly server: ServerProcess;
  private readonly data: string;
  private client?: Redis;

  /**
   * @param dir folder for its data and its log
   * @param options more of its settings, such as `--cluster-enabled yes`
   */
  constructor(
    readonly port: number,
    dir: string,
    options: readonly string[] = [],
  ) {
    this.url = `redis://127.0.0.1:${port}`;
    this.data = join(dir, 'data');
    const settings = { port, bind: '127.0.0.1', dir: this.data, appendonly: 'yes', save: '' };
    this.server = new ServerProcess({
      title: `Redis on port ${port}`,
      command: BINARY,
      args: [
        ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
        ...options,
      ],
      dir: this.data,
      logFile: join(dir, 'redis.log'),
      isUp: async () => Boolean(await this.admin.ping()),
    });
  }

  /** A client to look and meddle with. */
  get admin(): Redis {
    if (this.client) return this.client;
    this.client = new Redis({
      port: this.port,
      host: '127.0.0.1',
      retryStrategy: () => 20,
      maxRetriesPerRequest: 20,
    });
    this.client.on('error', () => undefined); // while it is down
    return this.client;
  }

  start(): Promise<void> {
    return this.server.start();
  }

  async kill(): Promise<void> {
    await this.server.kill();
  }

  /** Falls silent, with its connections open. */
  freeze(): Promise<void> {
    this.server.signal('SIGSTOP');
    return Promise.resolve();
  }

  thaw(): Promise<void> {
    this.server.signal('SIGCONT');
    return Promise.resolve();
  }

  /** Its memory of everything, as when its disk is lost. Only while it is down. */
  async forget(): Promise<void> {
    await rm(this.data, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    this.client?.disconnect();
    this.client = undefined;
    await this.server.kill();
  }
}
