import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { freePort } from './ports';
import { ServerProcess, type RunningServer } from './server-process';
import { waitFor } from './wait-for';

const run = promisify(execFile);
const BINARY = '/usr/bin/redis-server';

/** A real Redis of a test's own, with its data in a folder of its own: Debian's, or a container where there is none. */
export class OwnRedis {
  readonly url: string;
  private readonly server: RunningServer;
  private readonly data: string;
  private client?: Redis;

  /**
   * @param dir folder for its data and its log
   * @param options more of its settings, such as `--cluster-enabled yes`
   */
  constructor(
    readonly port: number,
    protected readonly dir: string,
    options: readonly string[] = [],
  ) {
    this.url = `redis://127.0.0.1:${port}`;
    this.data = join(dir, 'data');
    const settings = { port, bind: '127.0.0.1', appendonly: 'yes', save: '' };
    const args = [
      ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ...options,
    ];
    const isUp = async (): Promise<boolean> => Boolean(await this.admin.ping());
    this.server = existsSync(BINARY)
      ? new ServerProcess({
          title: `Redis on port ${port}`,
          command: BINARY,
          args: [...args, '--dir', this.data],
          dir: this.data,
          logFile: join(dir, 'redis.log'),
          isUp,
        })
      : new RedisContainer(args, isUp);
  }

  /** A client for the test itself. */
  get admin(): Redis {
    if (this.client) return this.client;
    this.client = new Redis({
      port: this.port,
      host: '127.0.0.1',
      retryStrategy: () => 20,
      maxRetriesPerRequest: 20,
      connectTimeout: 1000,
    });
    this.client.on('error', () => undefined); // while it is down
    return this.client;
  }

  start(): Promise<void> {
    return this.server.start();
  }

  /** Ends at once, as if its machine had failed. */
  async kill(): Promise<void> {
    await this.server.kill();
  }

  /** Stops answering, with its connections open. */
  async pause(): Promise<void> {
    await this.server.pause();
  }

  async resume(): Promise<void> {
    await this.server.resume();
  }

  /** Removes its data, as when its disk is lost. Only while it is down. */
  async forget(): Promise<void> {
    await rm(this.data, { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    this.client?.disconnect();
    this.client = undefined;
    await this.server.kill();
  }
}

/** A Redis that is not started again, and leaves nothing on disk. */
class TemporaryRedis extends OwnRedis {
  override async kill(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Starts a Redis that keeps nothing on disk. Kill it in the end. @param port a free one where it is left out */
export async function startOwnRedis(
  port?: number,
  options: readonly string[] = [],
): Promise<OwnRedis> {
  const dir = mkdtempSync(join(tmpdir(), 'own-redis-'));
  const settings = ['--appendonly', 'no', ...options];
  const redis = new TemporaryRedis(port ?? (await freePort()), dir, settings);
  await redis.start();
  return redis;
}

/** Redis in a container, with the image of docker-compose.yml. Its data is lost when it is killed. */
class RedisContainer implements RunningServer {
  private readonly name = `own-redis-${randomUUID()}`;

  constructor(
    private readonly args: readonly string[],
    private readonly isUp: () => Promise<boolean>,
  ) {}

  async start(): Promise<void> {
    const compose = readFileSync(join(__dirname, '../../docker-compose.yml'), 'utf8');
    const image = /image:\s*(redis:\S+)/.exec(compose)?.[1] ?? 'redis:8-alpine';
    const options = ['--detach', '--rm', '--name', this.name, '--network', 'host'];
    await this.docker('run', ...options, image, 'redis-server', ...this.args).catch(
      (error: unknown) => {
        throw new Error('These tests need redis-server or a Docker engine on this machine', {
          cause: error,
        });
      },
    );
    await waitFor('Redis in its container', () => this.isUp().catch(() => false), 20_000);
  }

  async kill(): Promise<void> {
    await this.docker('rm', '--force', this.name);
  }

  async pause(): Promise<void> {
    await this.docker('pause', this.name);
  }

  async resume(): Promise<void> {
    await this.docker('unpause', this.name);
  }

  private async docker(...args: string[]): Promise<void> {
    await run('docker', args);
  }
}
