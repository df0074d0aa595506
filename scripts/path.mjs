import { existsSync, readFileSync, rmSync, readdirSync, statSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import amqp from 'amqplib';
import { build } from './lib/build.mjs';
import { ensureDependencies, pinnedNode, projectEnv } from './lib/dependencies.mjs';
import { entryOf, root, servicesDir } from './lib/paths.mjs';
import { freePort } from './lib/ports.mjs';
import { ensureServices } from './lib/services.mjs';
import { SetUpError, main, say, step } from './lib/terminal.mjs';

/**
 * Counts the functions of ours on the path of one delivered notification, from the broker's delivery to the ack: those
 * that V8's precise coverage sees called at least once for each notification, less those that an idle process calls too.
 * Notifications are sent one after the other, so that work in batches is counted as well. Status events are published
 * and not relayed (STATUS_CALLBACK_URL is empty), as the relay is the path of another message.
 *
 *   npm run path [-- --functions 200 --files 45 --list]
 */
const notifications = 50;
const idleMs = 5000;
const namespace = `path-${process.pid}.`;
const coverageFile = join(servicesDir, 'path-coverage.json');

await main(async (args) => {
  const { values } = parseArgs({
    args,
    options: {
      functions: { type: 'string', default: '200' },
      files: { type: 'string', default: '45' },
      list: { type: 'boolean', default: false },
    },
  });
  await ensureDependencies();
  await build();
  const urls = await ensureServices();
  step('Path of one notification');
  const apps = [];
  try {
    const emulator = await startApp(apps, 'fcm-emulator', {}, '/emulator/stats');
    const users = await startApp(
      apps,
      'user-service',
      { DATABASE_FILE: ':memory:', USER_SERVICE_API_KEYS: '' },
      '/api/v1/health/live',
    );
    const push = await startApp(
      apps,
      'push-service',
      {
        ...urls,
        QUEUE_NAMESPACE: namespace,
        REDIS_NAMESPACE: namespace,
        FCM_EMULATOR_HOST: `127.0.0.1:${emulator.port}`,
        GOOGLE_APPLICATION_CREDENTIALS: '',
        USER_SERVICE_URL: `http://127.0.0.1:${users.port}`,
        STATUS_CALLBACK_URL: '',
        ADMIN_API_KEYS: '',
        PATH_COVERAGE_FILE: coverageFile,
      },
      '/api/v1/health/ready',
      ['--require', join(root, 'scripts/lib/coverage.cjs')],
    );
    return await measure(push, emulator, urls, values);
  } finally {
    for (const { child } of apps) child.kill('SIGTERM');
    await removeQueues(urls);
  }
});

async function measure(push, emulator, urls, { functions, files, list }) {
  const connection = await amqp.connect(urls.RABBITMQ_URL);
  const channel = await connection.createConfirmChannel();
  const send = async (prefix, count) => {
    for (let n = 0; n < count; n += 1) {
      const id = `${namespace}${prefix}-${n}`;
      const body = { request_id: id, user_id: 'test-user-123', template_code: 'Hi {{name}}' };
      const variables = { name: 'John', link: 'https://example.com' };
      const content = Buffer.from(JSON.stringify({ ...body, variables, priority: 2 }));
      const before = await sentBy(emulator);
      channel.publish(`${namespace}notifications.direct`, 'push', content, { persistent: true });
      await channel.waitForConfirms();
      while ((await sentBy(emulator)) === before) await sleep(5);
      await sleep(100); // record, status, ack, and what is written in the background
    }
  };
  await send('warm-up', 20);
  await take(push);
  await sleep(idleMs);
  const idle = calls(await take(push));
  await send('measured', notifications);
  const all = [...calls(await take(push))]
    .filter(([key, call]) => call.count >= notifications && !idle.has(key))
    .map(([, call]) => call);
  await connection.close();

  const byFile = Map.groupBy(all, ({ file }) => file);
  const rows = [...byFile].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [file, called] of rows) {
    say(`${String(called.length).padStart(4)}  ${file}`);
    if (list)
      for (const { name, count } of called) say(`        ${name || '(anonymous)'} ${count}`);
  }
  const sources = sourceFiles();
  const lines = sources.reduce(
    (sum, file) => sum + readFileSync(file, 'utf8').split('\n').length - 1,
    0,
  );
  say(`\nfunctions ${all.length} (at most ${functions}), files ${byFile.size} (at most ${files})`);
  say(`apps and libs without specs: ${lines} lines in ${sources.length} files`);
  return all.length <= Number(functions) && byFile.size <= Number(files) ? 0 : 1;
}

/** Counts since the last call. */
async function take({ child }) {
  rmSync(coverageFile, { force: true });
  child.kill('SIGUSR2');
  const deadline = Date.now() + 10_000;
  while (!existsSync(coverageFile)) {
    if (Date.now() > deadline) throw new SetUpError('push-service does not report its coverage.');
    await sleep(20);
  }
  return JSON.parse(readFileSync(coverageFile, 'utf8'));
}

/** Functions of ours that were called, by file and place. Module bodies are none. */
function calls(scripts) {
  const called = new Map();
  for (const { url, functions } of scripts) {
    if (!url.startsWith('file:')) continue;
    const path = fileURLToPath(url);
    const file = relative(join(root, 'dist'), path);
    if (!/^(apps|libs)\//.test(file)) continue;
    const sourceStartsAt = endOfExportGetters(readFileSync(path, 'utf8'));
    for (const { functionName: name, ranges } of functions) {
      const [{ startOffset, count }] = ranges;
      if (startOffset > sourceStartsAt && count > 0)
        called.set(`${file}:${startOffset}`, { file, name, count });
    }
  }
  return called;
}

/** The compiler writes a getter for each export at the top of a file; they are no functions of ours. */
function endOfExportGetters(code) {
  const blocks = code.matchAll(
    /^(?:_export\(exports, |Object\.defineProperty\(exports, "\w+", )\{.*?^\}\);/gms,
  );
  return Math.max(0, ...[...blocks].map(({ index, 0: block }) => index + block.length));
}

async function sentBy({ port }) {
  const answer = await fetch(`http://127.0.0.1:${port}/emulator/stats`);
  const { accepted, requests_total: requests } = await answer.json();
  return accepted ?? requests;
}

async function startApp(apps, name, env, readyPath, nodeArgs = []) {
  const port = await freePort();
  const entry = entryOf(name);
  const child = spawn(pinnedNode, [...nodeArgs, entry], {
    cwd: root,
    env: projectEnv({ ...env, PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'info' }),
    stdio: 'ignore',
  });
  const app = { name, port, child };
  apps.push(app);
  for (const deadline = Date.now() + 60_000; ; await sleep(100)) {
    const url = `http://127.0.0.1:${port}${readyPath}`;
    const ready = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return app;
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new SetUpError(`${name} did not start.`);
    }
  }
}

async function removeQueues({ RABBITMQ_URL }) {
  const connection = await amqp.connect(RABBITMQ_URL);
  const channel = await connection.createChannel();
  const delays = ['1s', '5s', '15s', '60s', '300s', '1800s'].map((delay) => `push.delay.${delay}`);
  for (const queue of ['push.queue', 'failed.queue', ...delays]) {
    await channel.deleteQueue(namespace + queue);
  }
  await channel.deleteExchange(`${namespace}notifications.direct`);
  await connection.close();
}

function sourceFiles() {
  const found = [];
  const visit = (folder) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) visit(path);
      else if (name.endsWith('.ts') && !name.endsWith('.spec.ts')) found.push(path);
    }
  };
  for (const folder of ['apps', 'libs']) visit(join(root, folder));
  return found;
}
