import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';

const run = promisify(execFile);
const BINARY = '/usr/bin/redis-server';

/** A real Redis server for one test to mistreat, on a free port, with nothing kept on disk. */
export interface OwnRedis {
  port: number;
  url: string;
  /** A client to look and meddle with. */
  admin: Redis;
  /** Stops answering, with its connections open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends at once, as if the machine had died. */
  kill(): Promise<void>;
}

/** Starts Debian's `redis-server`, or a container where there is none. Kill it in the end. */
export async function startOwnRedis(port?: number, options: string[] = []): Promise<OwnRedis> {
  const chosen = port ?? (await freePort());
  const settings = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(chosen),
    '--save',
    '',
    '--appendonly',
    'no',
    ...options,
  ];
  const server = existsSync(BINARY) ? startBinary(settings) : await startContainer(settings);
  const admin = new Redis({
    port: chosen,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    connectTimeout: 1000,
  });
  admin.on('error', () => undefined); // until it is up
  await Promise.race([
    admin.ping(),
    delay(20_000, undefined, { ref: false }).then(() => {
      throw new Error(`redis-server did not come up on port ${chosen}`);
    }),
  ]);
  return {
    port: chosen,
    url: `redis://127.0.0.1:${chosen}`,
    admin,
    pause: server.pause,
    resume: server.resume,
    kill: async () => {
      admin.disconnect();
      await server.kill();
    },
  };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function startBinary(settings: string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'own-redis-'));
  const child = spawn(BINARY, [...settings, '--dir', directory], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  return {
    pause: async () => void child.kill('SIGSTOP'),
    resume: async () => void child.kill('SIGCONT'),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function startContainer(settings: string[]) {
  const compose = readFileSync(join(__dirname, '../../../docker-compose.yml'), 'utf8');
  const image = /image:\s*(redis:\S+)/.exec(compose)?.[1] ?? 'redis:7-alpine';
  const name = `own-redis-${randomUUID()}`;
  const docker = (...args: string[]) => run('docker', args).then(() => undefined);
  const launch = ['run', '--detach', '--rm', '--name', name, '--network', 'host', image];
  await docker(...launch, 'redis-server', ...settings).catch((error: unknown) => {
    throw new Error('These tests need redis-server or a Docker engine on this machine', {
      cause: error,
    });
  });
  return {
    pause: () => docker('pause', name),
    resume: () => docker('unpause', name),
    kill: () => docker('rm', '--force', name),
  };
}
