import { TestBroker } from '../../support/broker';
import { startCollector, type Collector } from '../../support/collector';
import { startEmulator, type RunningEmulator } from '../../support/emulator';
import {
  startStubUserService,
  userWith,
  type StubUserService,
} from '../../support/stub-user-service';
import { freePort } from '../../support/ports';
import { AppProcess } from '../../support/processes';
import { makeSecret, type Output } from '../../support/secrets';
import { RABBITMQ_URL, REDIS_URL } from '../../support/servers';
import { deleteKeys, uniqueNamespace, untilReady } from '../../support/stack';

export const TOKENS = {
  'token of a user': makeSecret('android'),
  'second token of a user': makeSecret('ios'),
  'dead token': makeSecret('unregistered-device'),
  'token in the message': makeSecret('web'),
  'token in a broken message': makeSecret('android'),
  'token in an address': makeSecret('android'),
  'token in a broken answer': makeSecret('android'),
};
export const SECRETS = {
  ...TOKENS,
  'admin key': makeSecret('admin'),
  'reading admin key': makeSecret('reader'),
  'gateway key': makeSecret('client'),
  'status secret': makeSecret('status'),
  'user service key': makeSecret('users'),
  'RabbitMQ password': makeSecret('rabbit'),
  'Redis password': makeSecret('redis'),
  "collector's key": makeSecret('collector'),
  'wrong key': makeSecret('guess'),
  'bearer of a client': makeSecret('bearer'),
  'private text': makeSecret('Dear patient'),
};

export const [PATIENT, DEAD] = ['patient', 'gone'];

/** push-service and the gateway as their own processes, at the loudest log level, among neighbours that gossip. */
export interface Overheard {
  broker: TestBroker;
  emulator: RunningEmulator;
  users: StubUserService;
  collector: Collector;
  gatewayUrl: string;
  pushUrl: string;
  /** Every process, those too that a test adds. */
  apps: AppProcess[];
  push: AppProcess;
  /** Asks over HTTP, and keeps all of the answer; returns its status. */
  ask(url: string, init?: RequestInit): Promise<number>;
  /** Keeps what somebody was told. */
  keep(...output: Output): void;
  /** All that has come out by now. */
  outputs(): Output[];
  close(): Promise<void>;
}

export async function startOverheard(): Promise<Overheard> {
  const namespace = uniqueNamespace();
  const emulator = await startEmulator();
  const collector = await startCollector();
  const gossip = TOKENS['token in a broken answer'];
  const users = await startStubUserService({
    [PATIENT]: userWith(TOKENS['token of a user'], TOKENS['second token of a user']),
    [DEAD]: userWith(TOKENS['dead token']),
    garbled: { status: 200, body: `{"push_token": ${JSON.stringify(gossip)}` },
    refused: { status: 422, body: JSON.stringify({ error: gossip }) },
    failing: { status: 500, body: gossip },
    moved: { status: 302, body: '', headers: { location: `/${encodeURIComponent(gossip)}` } },
  });
  const broker = await TestBroker.open(namespace);
  const gatewayPort = await freePort();
  const password = encodeURIComponent(SECRETS['RabbitMQ password']);
  const redis = new URL(REDIS_URL);
  const common = {
    HOST: '127.0.0.1',
    LOG_LEVEL: 'trace',
    // The first is refused, and shown the door with its password.
    RABBITMQ_URL: `amqp://nobody:${password}@${new URL(RABBITMQ_URL).host},${RABBITMQ_URL}`,
    REDIS_URL: `redis://default:${encodeURIComponent(SECRETS['Redis password'])}@${redis.host}`,
    QUEUE_NAMESPACE: namespace,
    REDIS_NAMESPACE: namespace,
    STATUS_CALLBACK_SECRET: SECRETS['status secret'],
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${encodeURIComponent(SECRETS["collector's key"])}`,
  };
  const gateway = new AppProcess('api-gateway', {
    ...common,
    PORT: String(gatewayPort),
    GATEWAY_API_KEYS: SECRETS['gateway key'],
  });
  const push = new AppProcess('push-service', {
    ...common,
    PORT: '0',
    FCM_EMULATOR_HOST: emulator.host,
    USER_SERVICE_URL: users.url,
    USER_SERVICE_API_KEY: SECRETS['user service key'],
    STATUS_CALLBACK_URL: `http://127.0.0.1:${gatewayPort}/api/v1/push/status/`,
    ADMIN_API_KEYS: `alice:${SECRETS['admin key']},bob:${SECRETS['reading admin key']}:read`,
    TOKEN_BRAKE_WINDOW_MS: '1000',
    RETRY_INITIAL_DELAY_MS: '20',
    BREAKER_OPEN_MS: '200',
    PARK_MAX_TIMES: '1',
  });
  const apps = [gateway, push];
  const answers: Output[] = [];
  const [gatewayUrl, pushUrl] = [await gateway.url(), await push.url()];
  await untilReady(gatewayUrl, 30_000);
  await untilReady(pushUrl, 30_000);
  return {
    broker,
    emulator,
    users,
    collector,
    gatewayUrl,
    pushUrl,
    apps,
    push,
    ask: async (url, init = {}) => {
      const answer = await fetch(url, init);
      const text = [JSON.stringify([...answer.headers]), await answer.text()].join('\n');
      answers.push([`the answer to ${init.method ?? 'GET'} ${new URL(url).pathname}`, text]);
      return answer.status;
    },
    keep: (...output) => void answers.push(output),
    outputs: () => [
      ...apps.map(({ output }, n): Output => [`the output of process ${n}`, output]),
      ...answers,
      ...collector.bodies.map((body, n): Output => [`export ${n}`, body.toString('latin1')]),
    ],
    close: async () => {
      await Promise.all(apps.map((app) => app.stop()));
      await Promise.all([users.close(), emulator.close(), collector.close(), broker.close()]);
      await deleteKeys(namespace);
    },
  };
}
