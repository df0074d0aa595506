import { randomBytes } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import type { MakeApp } from '@push/http';
import { Redis } from 'ioredis';
import { startGateway } from '../../apps/api-gateway/src/start';
import { Gate } from '../../apps/push-service/src/consumer/gate';
import { startPushService } from '../../apps/push-service/src/start';
import { startUserService } from '../../apps/user-service/src/start';
import { TestBroker } from './broker';
import { startEmulator, type RunningEmulator } from './emulator';
import { RABBITMQ_URL, REDIS_URL } from './servers';
import { waitFor } from './wait-for';

export interface StackOptions {
  /** Instances of push-service. @default 1 */
  instances?: number;
  /** Variables for push-service on top of the stack's own. */
  env?: Record<string, string>;
  /** Variables for every app on top of the stack's own. */
  commonEnv?: Record<string, string>;
  /** Replaces parts of push-service. */
  make?: MakeApp;
  /** A broker of the test's own, or a list of its nodes; the test itself is at the last. @default the shared one */
  rabbitmqUrl?: string;
  /** A Redis of the test's own, as REDIS_URL takes it. @default the shared one */
  redisUrl?: string;
  /** Prepares the broker before anything starts. */
  existing?: (broker: TestBroker) => Promise<void>;
}

/** The whole system in one process, on free ports, with queue and key prefixes of its own. */
export interface Stack {
  namespace: string;
  /** What every app of this stack is configured with. */
  env: Record<string, string>;
  broker: TestBroker;
  emulator: RunningEmulator;
  gatewayUrl: string;
  userServiceUrl: string;
  /** Base URLs of the push-service instances. */
  pushUrls: string[];
  push: INestApplication[];
  userService: INestApplication;
  gateway: INestApplication;
  /** POSTs a notification request to the gateway. */
  post(body: object): Promise<{ status: number; body: Json }>;
  /** What the gateway knows of a notification. */
  status(id: string): Promise<Json | undefined>;
  /** Waits for a final status at the gateway. */
  finalStatus(id: string, timeoutMs?: number): Promise<Json>;
  /** Creates or replaces a user. */
  putUser(id: string, user: object): Promise<void>;
  close(): Promise<void>;
}

/** A JSON object that a test looks into. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of any shape
export type Json = Record<string, any>;

/** Settings with short waits; the defaults have their own tests. */
export const QUICK = {
  RETRY_INITIAL_DELAY_MS: '50',
  BREAKER_OPEN_MS: '500',
} as const;

export function uniqueNamespace(): string {
  return `test-${randomBytes(5).toString('hex')}.`;
}

export async function startStack({
  instances = 1,
  env = {},
  commonEnv = {},
  make,
  rabbitmqUrl = RABBITMQ_URL,
  redisUrl = REDIS_URL,
  existing = () => Promise.resolve(),
}: StackOptions = {}): Promise<Stack> {
  const namespace = uniqueNamespace();
  const broker = await TestBroker.open(namespace, rabbitmqUrl.split(',').at(-1));
  await existing(broker);
  const emulator = await startEmulator();
  const common = {
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    RABBITMQ_URL: rabbitmqUrl,
    REDIS_URL: redisUrl,
    QUEUE_NAMESPACE: namespace,
    REDIS_NAMESPACE: namespace,
    STATUS_CALLBACK_SECRET: 'a-secret-of-this-test',
    DATABASE_FILE: ':memory:',
    FCM_EMULATOR_HOST: emulator.host,
    ...commonEnv,
  };
  const userService = await startUserService(common);
  const gateway = await startGateway(common);
  const userServiceUrl = await urlOf(userService);
  const gatewayUrl = await urlOf(gateway);
  const pushEnv = {
    ...common,
    USER_SERVICE_URL: userServiceUrl,
    STATUS_CALLBACK_URL: `${gatewayUrl}/api/v1/push/status/`,
    ...env,
  };
  const push: INestApplication[] = [];
  for (let n = 0; n < instances; n += 1) push.push(await startPushService(pushEnv, make));
  const pushUrls = await Promise.all(push.map(urlOf));

  const status = async (id: string): Promise<Json | undefined> => {
    const answer = await fetch(`${gatewayUrl}/api/v1/notifications/${encodeURIComponent(id)}`);
    return answer.ok ? (((await answer.json()) as Json)['data'] as Json) : undefined;
  };
  const stack: Stack = {
    namespace,
    env: pushEnv,
    broker,
    emulator,
    gatewayUrl,
    userServiceUrl,
    pushUrls,
    push,
    userService,
    gateway,
    post: (body) => postJson(`${gatewayUrl}/api/v1/notifications/`, body),
    status,
    finalStatus: (id, timeoutMs) =>
      waitFor(
        `a final status of ${id}`,
        async () => {
          const seen = await status(id);
          return seen && seen['status'] !== 'pending' ? seen : undefined;
        },
        timeoutMs,
      ),
    putUser: async (id, user) => {
      const answer = await postJson(
        `${userServiceUrl}/api/v1/users/${encodeURIComponent(id)}`,
        user,
        'PUT',
      );
      if (answer.status >= 300) throw new Error(`PUT user: ${JSON.stringify(answer)}`);
    },
    close: async () => {
      await Promise.all(push.map((app) => app.close()));
      await gateway.close();
      await userService.close();
      await emulator.close();
      await broker.close();
      if (redisUrl === REDIS_URL) await deleteKeys(namespace);
    },
  };
  await Promise.all(pushUrls.map((url) => untilReady(url)));
  await waitFor('the first check of every dependency', () =>
    push.every((app) => app.get(Gate).checked),
  );
  emulator.reset(); // so that a test counts only its own sends
  await untilReady(gatewayUrl);
  return stack;
}

/** Waits until an app is ready. */
export async function untilReady(url: string, timeoutMs?: number): Promise<void> {
  await waitFor(
    `${url} to be ready`,
    () =>
      fetch(`${url}/api/v1/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    timeoutMs,
  );
}

export async function postJson(
  url: string,
  body: object,
  method = 'POST',
): Promise<{ status: number; body: Json }> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Json };
}

/** The request_id of every push that FCM accepted, newest first. */
export function sentRequestIds({ emulator }: Pick<Stack, 'emulator'>): (string | undefined)[] {
  return emulator.messages().map(({ message }) => {
    const { data } = message as { data?: { request_id?: string } };
    return data?.request_id;
  });
}

/** Deletes what a test has left in Redis. */
export async function deleteKeys(namespace: string): Promise<void> {
  const redis = new Redis(REDIS_URL);
  for await (const keys of redis.scanStream({ match: `${namespace}*`, count: 1000 })) {
    if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
  }
  await redis.quit();
}

async function urlOf(app: INestApplication): Promise<string> {
  return (await app.getUrl()).replace('[::1]', '127.0.0.1');
}
