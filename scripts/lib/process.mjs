import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { logsDir, root } from './paths.mjs';
import { SetUpError, indent, whileShowing } from './terminal.mjs';

/** Runs a command to its end and keeps what it prints; never throws for a command that fails. */
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

/** Runs a command in the person's sight; the result is its exit code. */
export function runVisibly(command, args, { env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** Runs a long, chatty command with its output in a log file, which is quoted when it fails. */
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
 * Starts a process that outlives the script, in a group of its own, with its output in a log file.
 * Its limit of open files is ours, which Node has raised to the highest allowed: RabbitMQ takes
 * three for each quorum queue, and with the usual 1024 no more connections at some 300 queues.
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

/** Ends a process group by its leader: politely first. The leader is awaited, not its signal. */
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
    // Ended already.
  }
}

/** A zombie has ended too, though whoever should have noted it has not. */
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
