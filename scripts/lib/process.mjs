import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logsDir, root } from './paths.mjs';
import { SetUpError, indent, whileShowing } from './terminal.mjs';

/** Runs a command and returns its exit code and output; does not throw when it fails. */
export function capture(command, args, { timeoutMs = 30_000, env = process.env } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const end = (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    };
    child.on('error', () => end(127));
    child.on('close', (code) => end(code ?? 1));
  });
}

/** Runs a command with its output on the terminal. @returns its exit code */
export function runVisibly(command, args, { env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Runs a long command with its output in a log file, whose end is printed when it fails. */
export async function runLogged(label, command, args, { env = process.env, log }) {
  const logFile = join(logsDir, `${log}.log`);
  const code = await whileShowing(label, () => {
    const output = openForAppend(logFile, 'w');
    return new Promise((resolve) => {
      const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', output, output] });
      closeSync(output);
      child.on('error', () => resolve(127));
      child.on('close', (exitCode) => resolve(exitCode ?? 1));
    });
  });
  if (code !== 0) {
    const command_ = [command, ...args].join(' ');
    throw new SetUpError(
      `"${command_}" failed (exit code ${code}):\n${tail(logFile, 20)}\n    Log: ${logFile}`,
    );
  }
}

/**
 * Starts a process that outlives the script, in a process group of its own, with its output in a log file. It inherits
 * our limit of open files, which Node has raised to the maximum: RabbitMQ opens three files for each quorum queue, and
 * with the usual limit of 1024 it accepts no connections at some 300 queues.
 */
export function startDetached(command, args, { cwd, env, logFile }) {
  const output = openForAppend(logFile, 'w');
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  child.on('error', () => undefined);
  child.unref();
  return child.pid;
}

/** Stops a process group by SIGTERM, and by SIGKILL when its leader has not exited in time. */
export async function stopGroup(pid, { graceMs = 65_000 } = {}) {
  signalGroup(pid, 'SIGTERM');
  for (const deadline = Date.now() + graceMs; Date.now() < deadline; await sleep(50)) {
    if (!isRunning(pid)) return;
  }
  signalGroup(pid, 'SIGKILL');
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has exited already.
  }
}

/** A zombie has exited too; its parent has not collected its exit code yet. */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return process.platform !== 'linux';
  }
}

export function tail(file, lines) {
  try {
    return indent(readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n'));
  } catch {
    return '    (no log)';
  }
}

function openForAppend(file, flags) {
  mkdirSync(dirname(file), { recursive: true });
  return openSync(file, flags);
}
