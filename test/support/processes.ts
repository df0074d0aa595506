import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './wait-for';

const DIST = join(__dirname, '../../dist/apps');

/** Turns a command into the one that is run in its place. */
export type Wrap = (command: readonly string[]) => readonly [string, ...string[]];

const plainly: Wrap = ([command = '', ...rest]) => [command, ...rest];

/** An app as its own process, the way operators run it. */
export class AppProcess {
  private readonly lines: string[] = [];
  private readonly child: ChildProcess;
  readonly exited: Promise<number | null>;

  /**
   * @param env its whole environment; nothing is inherited
   * @param args the arguments after main.js
   * @param wrap makes the command that runs the app
   */
  constructor(
    app: string,
    env: Record<string, string>,
    args: readonly string[] = [],
    wrap: Wrap = plainly,
  ) {
    const entry = join(DIST, app, 'src', 'main.js');
    if (!existsSync(entry)) throw new Error(`${entry} is missing: run "npm run build" first`);
    const [command, ...rest] = wrap([process.execPath, entry, ...args]);
    this.child = spawn(command, rest, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.lines.push(text));
    }
    this.exited = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Everything it has printed. */
  get output(): string {
    return this.lines.join('');
  }

  /** Its log lines as objects; lines that are no JSON are left out. */
  get log(): Record<string, unknown>[] {
    return this.output.split('\n').flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        return [];
      }
    });
  }

  /** Waits for the line an app logs once it is up; returns its URL. */
  async url(): Promise<string> {
    const line = await waitFor(`the start of ${this.child.spawnargs.join(' ')}`, () => {
      if (this.child.exitCode !== null) throw new Error(`It has exited:\n${this.output}`);
      return this.log.find(({ message }) => /is ready$/.test(String(message)));
    });
    return String(line['url']);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Kills it where it still runs. @returns its exit code */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) this.kill('SIGKILL');
    return this.exited;
  }
}
