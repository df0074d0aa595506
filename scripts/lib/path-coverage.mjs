import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { root } from './paths.mjs';
import { freePort } from './ports.mjs';
import { startApp, stopApp, untilReady } from './stack.mjs';
import { SetUpError, step, whileShowing } from './terminal.mjs';

/**
 * The functions on the path of one delivered notification, by V8's precise coverage of the built push-service.
 *
 * Notifications are delivered one after the other, so that work in batches is done for each of them. On the path is every
 * function of dist/apps and dist/libs (methods, arrows and constructors alike) that was called at least once for each
 * notification, less the calls in an idle interval of the same length (heartbeats, probes). The top level of a module
 * does not count.
 */

/** Delivers the notifications; resolves with the functions on their path, as `{ file, line, name, calls, isExport }`. */
export async function measureCalls(urls, notifications) {
  const namespace = `path-${randomBytes(4).toString('hex')}.`;
  const apps = await describeApps();
  const broker = await Broker.connect(urls.RABBITMQ_URL, namespace);
  try {
    step('Starting push-service, user-service and the FCM emulator');
    startApps(apps, urls, namespace);
    for (const app of Object.values(apps)) {
      await whileShowing(`${app.name} on port ${app.port}`, () => untilReady(app));
    }
    step(`Counting calls over ${notifications} notifications`);
    await broker.collectStatuses();
    await whileShowing('warming up', () => broker.deliver(20));
    await take(apps.push);
    const started = Date.now();
    await whileShowing('delivering one by one', () => broker.deliver(notifications));
    const delivering = await take(apps.push);
    const idle = await whileShowing('idle', async () => {
      await sleep(Date.now() - started);
      return take(apps.push);
    });
    return onThePath(delivering, idle, notifications);
  } finally {
    for (const app of Object.values(apps)) if (app.child) await stopApp(app);
    await broker.close();
    await removeKeys(urls.REDIS_URL, namespace);
  }
}

async function describeApps() {
  const app = async (name, readyPath) => {
    const port = await freePort();
    return { name, log: `path-${name}`, port, url: `http://127.0.0.1:${port}`, readyPath };
  };
  return {
    emulator: await app('fcm-emulator', '/emulator/stats'),
    users: await app('user-service', '/api/v1/health/live'),
    push: await app('push-service', '/api/v1/health/ready'),
  };
}

function startApps({ emulator, users, push }, urls, namespace) {
  startApp(emulator, {});
  startApp(users, { DATABASE_FILE: ':memory:', USER_SERVICE_API_KEYS: '' });
  const env = {
    ...urls,
    QUEUE_NAMESPACE: namespace,
    REDIS_NAMESPACE: namespace,
    GOOGLE_APPLICATION_CREDENTIALS: '',
    FCM_EMULATOR_HOST: `127.0.0.1:${emulator.port}`,
    USER_SERVICE_URL: users.url,
    // The status event is published, and stays in its queue.
    STATUS_CALLBACK_URL: '',
    ADMIN_API_KEYS: '',
    LOG_LEVEL: 'info',
    // Of code from a cache V8 counts less precisely.
    NODE_DISABLE_COMPILE_CACHE: '1',
  };
  const preload = join(root, 'scripts', 'lib', 'coverage.cjs');
  startApp(push, env, { nodeArgs: ['--require', preload], ipc: true });
}

/** Calls of each function since the last time; by file and place in it. */
async function take(app) {
  const answer = once(app.child, 'message');
  app.child.send('take');
  const [scripts] = await answer;
  const counts = new Map();
  for (const { url, functions } of scripts) {
    const file = fileURLToPath(url);
    const source = readFileSync(file, 'utf8');
    for (const { name, start, end, count } of functions) {
      if (start === 0) continue;
      const line = source.slice(0, start).split('\n').length;
      const isExport = exportsName(source.slice(start, end));
      counts.set(`${file}:${start}`, { file: relative(root, file), line, name, count, isExport });
    }
  }
  return counts;
}

/** Whether it is the getter that SWC makes of an `export`. */
function exportsName(code) {
  return /^(?:get \w+ ?|function)\(\) \{\s*return (?!this\b)[\w$]+(?:\.[\w$]+)?;\s*\}$/.test(code);
}

function onThePath(delivering, idle, notifications) {
  return [...delivering]
    .map(([place, { count, ...called }]) => ({
      ...called,
      calls: count - (idle.get(place)?.count ?? 0),
    }))
    .filter(({ calls }) => calls >= notifications);
}

/** The broker, as the publisher of notifications. */
class Broker {
  static async connect(url, namespace) {
    const amqp = createRequire(join(root, 'package.json'))('amqplib');
    const connection = await amqp.connect(url.split(',')[0].trim());
    // The calls that it breaks are rejected.
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    return new Broker(connection, channel, namespace);
  }

  constructor(connection, channel, namespace) {
    this.connection = connection;
    this.channel = channel;
    this.namespace = namespace;
    this.statusQueue = `${namespace}push.status.queue`;
    this.published = 0;
  }

  /** push-service declares a status queue only where it reports the statuses itself. */
  async collectStatuses() {
    await this.channel.assertQueue(this.statusQueue, { durable: true });
    const exchange = `${this.namespace}notifications.direct`;
    await this.channel.bindQueue(this.statusQueue, exchange, 'push.status');
  }

  /** Publishes notifications one by one; each is done before the next is published. */
  async deliver(notifications) {
    for (let n = 0; n < notifications; n++) {
      this.published += 1;
      const body = {
        notification_type: 'push',
        user_id: 'test-user-123',
        template_code: 'Welcome {{name}}!',
        variables: { name: 'John', link: 'https://example.com' },
        request_id: `path-${this.published}`,
        priority: 2,
      };
      this.channel.publish(
        `${this.namespace}notifications.direct`,
        'push',
        Buffer.from(JSON.stringify(body)),
        { persistent: true },
      );
      await this.untilReported();
      // The ack, and what is written in the background.
      await sleep(100);
    }
    await this.refuseOtherOutcomes();
  }

  /** Waits until the status of the last one lies in its queue. */
  async untilReported() {
    for (const deadline = Date.now() + 30_000; ; await sleep(5)) {
      const { messageCount } = await this.channel.checkQueue(this.statusQueue);
      if (messageCount === this.published) return;
      if (Date.now() < deadline) continue;
      throw new SetUpError(
        `No status of a notification within 30 s. See .services/logs/path-push-service.log`,
      );
    }
  }

  /** Another outcome than delivered takes another path. */
  async refuseOtherOutcomes() {
    const message = await this.channel.get(this.statusQueue, { noAck: false });
    const { status } = JSON.parse(message.content.toString());
    this.channel.nack(message);
    if (status === 'delivered') return;
    throw new SetUpError(`A notification was to be delivered, and its status is "${status}".`);
  }

  /** A new channel, because an error closes the one in use. */
  async close() {
    const channel = await this.connection.createChannel();
    const queues = ['push.queue', 'failed.queue', 'push.status.queue'];
    const delays = ['1s', '5s', '15s', '60s', '300s', '1800s'].map((wait) => `push.delay.${wait}`);
    for (const queue of [...queues, ...delays]) {
      await channel.deleteQueue(this.namespace + queue);
    }
    await channel.deleteExchange(`${this.namespace}notifications.direct`);
    await this.connection.close();
  }
}

async function removeKeys(url, namespace) {
  const { Redis } = createRequire(join(root, 'package.json'))('ioredis');
  const redis = new Redis(url);
  for await (const keys of redis.scanStream({ match: `${namespace}*`, count: 1000 })) {
    if (keys.length > 0) await redis.unlink(...keys);
  }
  await redis.quit();
}
