import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a server is run in the foreground. */
export interface Launch {
  /** Its name in messages. */
  title: string;
  command: string;
  args: readonly string[];
  /** Working folder, made where it is missing. */
  dir: string;
  env?: Readonly<Record<string, string>>;
  /** What it prints. */
  logFile: string;
  /** Whether it answers. Asked until it does; a rejection means no. */
  isUp: () => Promise<boolean>;
  /** @default 60000 */
  startTimeoutMs?: number;
}

/** A server that a test can stop and start. */
export interface RunningServer {
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it at once. Resolves when it is gone. */
  kill(): Promise<void>;
  /** It stops answering, with its connections open. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** Waits until the process that holds the other end of its input is gone, and kills a process group then. */
const GUARD = 'read -r _; kill -s KILL -- "-$0"';

/** A server as a process group of its own. */
export class ServerProcess implements RunningServer {
  private child?: ChildProcess;
  private guard?: ChildProcess;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly launch: Launch) {}

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Resolves when it answers. @throws when it exits or does not answer in time, with the end of its log */
  async start(): Promise<void> {
    const { title, isUp, startTimeoutMs = 60_000 } = this.launch;
    this.spawn();
    const deadline = Date.now() + startTimeoutMs;
    while (!(await isUp().catch(() => false))) {
      if (this.isRunning && Date.now() < deadline) {
        await sleep(50);
        continue;
      }
      const what = this.isRunning ? 'does not answer' : 'exited at its start';
      await this.kill();
      throw new Error(`${title} ${what}. Its last log lines:\n${this.lastLogLines()}`);
    }
  }

  /** As if its machine had failed. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  pause(): Promise<void> {
    this.signal('SIGSTOP');
    return Promise.resolve();
  }

  resume(): Promise<void> {
    this.signal('SIGCONT');
    return Promise.resolve();
  }

  /** Sends a signal to the whole group. */
  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // It has just ended.
    }
  }

  private spawn(): void {
    const { title, command, args, dir, env, logFile } = this.launch;
    if (this.isRunning) throw new Error(`${title} runs already`);
    if (!existsSync(command)) {
      throw new Error(`${command} is missing: install Debian's packages of RabbitMQ and Redis`);
    }
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    mkdirSync(dirname(logFile), { recursive: true });
    const output = openSync(logFile, 'a');
    const child = spawn(command, args, {
      cwd: dir,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.child = child;
    this.guard = guardOf(child);
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.child = undefined;
        this.guard?.kill('SIGKILL');
        resolve();
      };
      child.once('exit', end);
      child.once('error', end);
    });
  }

  private lastLogLines(): string {
    try {
      return readFileSync(this.launch.logFile, 'utf8').split('\n').slice(-15).join('\n');
    } catch {
      return '';
    }
  }
}

/**
 * Whatever ends this process, its servers end with it: a process of their own sees to that, as nothing of ours runs after
 * SIGKILL, and no `exit` handler under jest.
 */
function guardOf({ pid }: ChildProcess): ChildProcess | undefined {
  if (pid === undefined) return undefined;
  const stdio = ['pipe', 'ignore', 'ignore'] as const;
  const guard = spawn('/bin/sh', ['-c', GUARD, String(pid)], { detached: true, stdio: [...stdio] });
  guard.stdin.on('error', () => undefined); // it has ended
  guard.unref();
  return guard;
}
