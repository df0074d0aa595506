import { join } from 'node:path';
import type { ImageOptions } from './image-options';
import type { Names } from './names';

/** Where everything is. */
export interface Surroundings {
  /** The checkout. */
  root: string;
  /** Folder for logs and profiles. */
  dir: string;
  rabbitmqUrl: string;
  redisUrl: string;
  userServiceUrl: string;
  gatewayUrl: string;
  fcmHttp2Port: number;
  fcmHttp1Port: number;
  image: ImageOptions;
}

/** One of those who are compared in a row. */
export interface Entry {
  kind: 'bare' | 'service' | 'typical' | 'gateway';
  /** As it stands in the table; unique in a row. @default kind */
  label?: string;
  /** Notifications in hand of one instance; left out: the contender's own default. */
  inFlight?: number;
  /** Devices of a user, of which bare makes its sessions. @default 1 */
  devicesEach?: number;
  /** Whether statuses are reported to the gateway's stub as well. @default false */
  relay?: boolean;
  /** Further flags of Node. */
  nodeArgs?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** What is started for an entry. */
export interface Start {
  module: string;
  nodeArgs: readonly string[];
  env: Record<string, string>;
  /** Says over a channel that it is ready; others are asked over HTTP. */
  ipc: boolean;
}

const PROJECT = 'bench';
const STREAMS = 100;
/** As many as push-service has by default. */
const MAX_SESSIONS = 10;
const DEFAULT_IN_FLIGHT = 100;

/** @param port that the service or the gateway listens on */
export function startOf(entry: Entry, names: Names, around: Surroundings, port: number): Start {
  const { kind, nodeArgs = [] } = entry;
  switch (kind) {
    case 'service':
      return {
        module: join(around.root, 'dist/apps/push-service/src/main.js'),
        nodeArgs: [...around.image.nodeArgs, ...nodeArgs],
        env: serviceEnv(entry, names, around, port),
        ipc: false,
      };
    case 'gateway':
      return {
        module: join(around.root, 'dist/apps/api-gateway/src/main.js'),
        nodeArgs: [...around.image.nodeArgs, ...nodeArgs],
        env: gatewayEnv(entry, names, around, port),
        ipc: false,
      };
    case 'bare':
      return {
        module: join(__dirname, '../contenders/bare.js'),
        nodeArgs,
        env: bareEnv(entry, names, around),
        ipc: true,
      };
    case 'typical':
      return {
        module: join(__dirname, '../contenders/typical/main.js'),
        nodeArgs,
        env: typicalEnv(entry, names, around),
        ipc: true,
      };
    default:
      return kind satisfies never;
  }
}

function common(names: Names, around: Surroundings): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    RABBITMQ_URL: around.rabbitmqUrl,
    REDIS_URL: around.redisUrl,
    REDIS_NAMESPACE: names.redisNamespace,
    USER_SERVICE_URL: around.userServiceUrl,
    FIREBASE_PROJECT_ID: PROJECT,
  };
}

/** Of an app of the product, as its image has it. */
function appEnv(names: Names, around: Surroundings, port: number): Record<string, string> {
  return {
    ...common(names, around),
    ...around.image.env,
    HOST: '127.0.0.1',
    PORT: String(port),
    QUEUE_NAMESPACE: names.queueNamespace,
  };
}

function serviceEnv(
  { inFlight, relay = false, env }: Entry,
  names: Names,
  around: Surroundings,
  port: number,
): Record<string, string> {
  return {
    ...appEnv(names, around, port),
    FCM_EMULATOR_HOST: `127.0.0.1:${around.fcmHttp2Port}`,
    // Nobody else reports a status over HTTP either: it lies in a queue with all of them.
    STATUS_CALLBACK_URL: relay ? around.gatewayUrl : '',
    ...(inFlight === undefined ? {} : { MAX_CONCURRENT_MESSAGES: String(inFlight) }),
    ...env,
  };
}

function gatewayEnv(
  { env }: Entry,
  names: Names,
  around: Surroundings,
  port: number,
): Record<string, string> {
  return {
    ...appEnv(names, around, port),
    ...env,
  };
}

function bareEnv(entry: Entry, names: Names, around: Surroundings): Record<string, string> {
  const { inFlight = DEFAULT_IN_FLIGHT, devicesEach = 1, env } = entry;
  const sessions = Math.min(MAX_SESSIONS, Math.ceil((inFlight * devicesEach) / STREAMS));
  return {
    ...common(names, around),
    FCM_EMULATOR_HOST: `127.0.0.1:${around.fcmHttp2Port}`,
    NOTIFICATIONS_EXCHANGE: names.exchange,
    PUSH_QUEUE: names.pushQueue,
    BENCH_IN_FLIGHT: String(inFlight),
    BENCH_SESSIONS: String(sessions),
    ...env,
  };
}

function typicalEnv({ env }: Entry, names: Names, around: Surroundings): Record<string, string> {
  return {
    ...common(names, around),
    PUSH_QUEUE: names.pushQueue,
    STATUS_QUEUE: names.statusQueue,
    BENCH_FCM_PORT: String(around.fcmHttp1Port),
    ...env,
  };
}
