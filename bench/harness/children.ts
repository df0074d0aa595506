import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest wait for a process that was asked to end: what push-service may take to drain, and a bit. */
const END_MS = 30_000;

const living = new Set<ChildProcess>();

// Whatever ends this process, its children end with it.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** How a process is started. */
export interface Launch {
  module: string;
  nodeArgs: readonly string[];
  /** Everything it is told; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  logFile: string;
  /** Whether it has a channel to this process, and ends when that does. */
  ipc: boolean;
}

/** Starts one in a process group of its own: a Ctrl-C is for this process, which then ends all in order. */
export function launch({ module, nodeArgs, env, logFile, ipc }: Launch): ChildProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [...nodeArgs, module], {
    env,
    detached: true,
    serialization: 'advanced',
    stdio: ipc ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
  });
  closeSync(log);
  living.add(child);
  child.once('exit', () => living.delete(child));
  child.on('error', () => living.delete(child));
  return child;
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Asks it to end, and sees to it that it does. */
export async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const enough = new AbortController();
  const late = sleep(END_MS, undefined, { signal: enough.signal }).catch(() => undefined);
  await Promise.race([ended, late]);
  enough.abort();
  child.kill('SIGKILL');
}

/** Ends all of them at once, without a word. */
export async function killAll(): Promise<void> {
  await Promise.all(
    [...living].map(async (child) => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }),
  );
}

/** Resolves with the next message of a child. */
export function nextMessage<T>(child: ChildProcess, logFile: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`It has ended (exit code ${code ?? 'none'}); its log is ${logFile}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}
