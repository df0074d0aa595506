import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

/** Milliseconds until a process that was killed is started again, as an orchestrator does it. */
const RESTART_AFTER_MS = 200;
const READY_TIMEOUT_MS = 60_000;

/** One app as a process. */
export interface AppLaunch {
  name: string;
  /** File to run. */
  entry: string;
  /** Arguments of each start; asked for again at every restart. */
  args?: () => readonly string[];
  /** Everything it is told; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  url: string;
  /** Path that answers 2xx once it is up. */
  upPath: string;
  logFile: string;
  /** Milliseconds until it is started again after it was killed. @default 200 */
  restartAfterMs?: number;
}

const running = new Set<ChildProcess>();

// Whatever ends this process, its apps end with it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Told of every end that nobody had asked the process for, with how it ended: `SIGKILL` where it was killed. */
export type UnexpectedEnd = (app: App, how: string) => void;

/** One app as its own process, started again when it is killed, and told when it ends otherwise. */
export class App {
  readonly url: string;
  private child?: ChildProcess;
  private wanted = false;
  private lost = false;
  private ended: Promise<string> = Promise.resolve('not started');
  /** Times it was killed and started again. */
  restarts = 0;

  constructor(
    readonly launch: AppLaunch,
    private readonly onUnexpectedEnd: UnexpectedEnd,
  ) {
    this.url = launch.url;
  }

  /** All that it has printed, in all its lives. */
  get log(): string {
    return readFileSync(this.launch.logFile, 'utf8');
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Starts it; resolves when it is up. */
  async start(): Promise<void> {
    this.begin();
    await this.up();
  }

  /** Starts it and waits for nothing. */
  begin(): void {
    this.wanted = true;
    this.lost = false;
    if (!this.child) this.spawn();
  }

  /** Resolves when it answers, after however many restarts. */
  async up(path = this.launch.upPath): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!(await this.answers(path))) {
      if (Date.now() > deadline) {
        throw new Error(`${this.launch.name} is not up; see ${this.launch.logFile}`);
      }
      await sleep(50);
    }
  }

  /** Kills it; unlike a machine that has died it is started again, if it is to run. */
  kill(): void {
    this.child?.kill('SIGKILL');
  }

  /** It stands still, with its connections open, until it goes on. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** As if the machine had died. Resolves when it is gone, and it stays gone. */
  async lose(): Promise<void> {
    this.wanted = false;
    this.lost = true;
    this.kill();
    await this.ended;
  }

  /** Asks it to end. @returns how it ended: `exit code 0` where all is well */
  async terminate(): Promise<string> {
    this.wanted = false;
    this.child?.kill('SIGTERM');
    return this.ended;
  }

  private spawn(): void {
    const { entry, args, env, logFile } = this.launch;
    mkdirSync(dirname(logFile), { recursive: true });
    const output = openSync(logFile, 'a');
    const child = spawn(process.execPath, [entry, ...(args?.() ?? [])], {
      env,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.child = child;
    running.add(child);
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.child = undefined;
        running.delete(child);
        const how = signal ?? `exit code ${String(code)}`;
        resolve(how);
        if (how === 'SIGKILL' && !this.lost) this.onUnexpectedEnd(this, how);
        if (this.wanted) this.startAgain(how);
      });
    });
  }

  private startAgain(how: string): void {
    if (how !== 'SIGKILL') this.onUnexpectedEnd(this, how);
    this.restarts += 1;
    setTimeout(() => {
      if (this.wanted && !this.child) this.spawn();
    }, this.launch.restartAfterMs ?? RESTART_AFTER_MS).unref();
  }

  private async answers(path: string): Promise<boolean> {
    try {
      const { statusCode, body } = await request(this.url + path, { headersTimeout: 2000 });
      await body.dump();
      return statusCode < 300;
    } catch {
      return false;
    }
  }
}
