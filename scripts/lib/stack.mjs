import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetDemo, recordDemo } from './demo-record.mjs';
import { pinnedNode, projectEnv } from './dependencies.mjs';
import { entryOf, logsDir, root, servicesDir } from './paths.mjs';
import { isPortFree, portFrom } from './ports.mjs';
import { stopGroup, tail } from './process.mjs';
import { SetUpError, step, whileShowing } from './terminal.mjs';

/** The apps as processes, wired to each other. */

const readyTimeoutMs = 60_000;

/** Node keeps the compiled code of every module there, so that the next start is faster. */
const compileCacheDir = join(servicesDir, 'compile-cache');

/** The apps with their ports, in the order they are shown. */
export function describeStack() {
  const app = (name, portVariable, usual, readyPath) => {
    const port = portFrom(portVariable, usual);
    return { name, portVariable, port, url: `http://127.0.0.1:${port}`, readyPath };
  };
  return {
    gateway: app('api-gateway', 'GATEWAY_PORT', 8000, '/api/v1/health/live'),
    users: app('user-service', 'USER_SERVICE_PORT', 8001, '/api/v1/health/live'),
    push: {
      ...app('push-service', 'PUSH_SERVICE_PORT', 8003, '/api/v1/health/ready'),
      adminKey: randomBytes(24).toString('base64url'),
    },
    emulator: app('fcm-emulator', 'EMULATOR_PORT', 8004, '/emulator/stats'),
  };
}

/** Starts all four and waits until each is ready; `urls` lead to RabbitMQ and Redis. */
export async function startStack(stack, urls) {
  step('Starting the four apps');
  for (const app of Object.values(stack)) {
    if (await isPortFree(app.port)) continue;
    throw new SetUpError(
      `Port ${app.port} is taken, and ${app.name} needs it. Free it, or choose another: ${app.portVariable}=<port> npm run demo`,
    );
  }
  const env = environments(stack);
  const apps = Object.entries(stack);
  for (const [key, app] of apps) startApp(app, { ...urls, ...env[key] });
  recordDemo(Object.values(stack));
  for (const [, app] of apps) {
    await whileShowing(`${app.name} on port ${app.port}`, () => untilReady(app));
  }
}

/** Stops the apps, senders before receivers; returns the names of those that did not exit with code 0. */
export async function stopStack(stack) {
  const failed = [];
  if (Object.values(stack).some((app) => app.child)) step('Stopping the four apps');
  for (const app of [stack.gateway, stack.push, stack.users, stack.emulator]) {
    if (!app.child) continue;
    await stopApp(app);
    if (app.exitCode !== 0) failed.push(`${app.name} (exit code ${app.exitCode})`);
  }
  forgetDemo();
  return failed;
}

/** Throws as soon as one of the apps exits. */
export async function untilOneEnds(stack) {
  await Promise.race(Object.values(stack).map((app) => app.ended));
  for (const app of Object.values(stack)) failIfEnded(app);
}

export function logFile(app) {
  return join(logsDir, `${app.log ?? app.name}.log`);
}

/** Empty variables override what the person's own environment may hold for a real system. */
function environments({ gateway, users, push, emulator }) {
  const secret = { STATUS_CALLBACK_SECRET: randomBytes(24).toString('base64url') };
  return {
    gateway: { ...secret, GATEWAY_API_KEYS: '' },
    users: { USER_SERVICE_API_KEYS: '', DATABASE_FILE: join(servicesDir, 'user-service.sqlite') },
    push: {
      ...secret,
      GOOGLE_APPLICATION_CREDENTIALS: '',
      FCM_EMULATOR_HOST: `127.0.0.1:${emulator.port}`,
      USER_SERVICE_URL: users.url,
      STATUS_CALLBACK_URL: `${gateway.url}/api/v1/push/status/`,
      ADMIN_API_KEYS: `demo:${push.adminKey}`,
    },
    emulator: {},
  };
}

/**
 * Starts an app as a process.
 * @param app its `name` and `port`, where it is `url` and `readyPath`; the process becomes its `child`
 * @param options.nodeArgs arguments of Node
 * @param options.ipc whether the process and we exchange messages
 */
export function startApp(app, env, { nodeArgs = [], ipc = false } = {}) {
  mkdirSync(logsDir, { recursive: true });
  const output = openSync(logFile(app), 'w');
  // In a group of its own: Ctrl-C in a terminal reaches the script alone, which stops them in order.
  app.child = spawn(pinnedNode, [...nodeArgs, entryOf(app.name)], {
    cwd: root,
    env: projectEnv({ NODE_COMPILE_CACHE: compileCacheDir, ...env, PORT: String(app.port) }),
    detached: true,
    stdio: ['ignore', output, output, ...(ipc ? ['ipc'] : [])],
  });
  closeSync(output);
  app.ended = new Promise((resolve) => {
    app.child.on('error', () => resolve((app.exitCode = 127)));
    app.child.on('exit', (code, signal) => resolve((app.exitCode = code ?? signal)));
  });
}

/** Stops an app that is running; `exitCode` is set when this resolves. */
export async function stopApp(app) {
  app.stopping = true;
  if (app.exitCode !== undefined) return;
  await stopGroup(app.child.pid);
  await app.ended;
}

/** Waits until an app takes work. */
export async function untilReady(app) {
  const deadline = Date.now() + readyTimeoutMs;
  while (!app.stopping) {
    failIfEnded(app);
    try {
      const answer = await fetch(app.url + app.readyPath, { signal: AbortSignal.timeout(2000) });
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadline) {
      throw new SetUpError(
        `${app.name} is not ready after ${readyTimeoutMs / 1000} s. Its last log lines:\n${tail(logFile(app), 15)}`,
      );
    }
    await sleep(150);
  }
}

function failIfEnded(app) {
  if (app.exitCode === undefined || app.stopping) return;
  throw new SetUpError(
    `${app.name} ended by itself (exit code ${app.exitCode}). Its last log lines:\n${tail(logFile(app), 15)}\n    Log: ${logFile(app)}`,
  );
}
