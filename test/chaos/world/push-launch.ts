import { join } from 'node:path';
import type { AppLaunch } from './app';

/** Where the code of the apps lies: what operators run, and the test build with its fault points. */
export interface Builds {
  product: string;
  mortal: string;
}

/** How the push-services of a scenario are run. */
export interface PushSpec {
  /** @default 2 */
  instances?: number;
  /** Variables on top of the run's own. */
  env?: Readonly<Record<string, string>>;
  /**
   * Where each start of each instance dies, as `<fault point>@<passage>`; both count from 0. Given, the test build runs,
   * else the product as operators have it.
   */
  deaths?: (instance: number, start: number) => string | undefined;
  /** A mechanism that is broken on purpose, in the test build. */
  mutation?: string;
  /** Milliseconds until a killed one is started again. @default 200 */
  restartAfterMs?: number;
}

/** Messages that one process has in hand at most: the reach has room to grow, and what a death may repeat has a limit. */
export const IN_HAND = 200;

/** Times are shortened, so that a scenario takes seconds where an operator would see minutes. */
const QUICK = {
  RETRY_INITIAL_DELAY_MS: '50',
  RETRY_MAX_WAIT_IN_MEMORY_MS: '500',
  BREAKER_OPEN_MS: '500',
  IDEMPOTENCY_LEASE_MS: '3000',
  INTAKE_RAMP_UP_MS: '1000',
  MAX_CONCURRENT_MESSAGES: String(IN_HAND),
  FCM_TIMEOUT_MS: '4000',
  USER_SERVICE_TIMEOUT_MS: '1000',
  REDIS_COMMAND_TIMEOUT_MS: '1000',
  STATUS_CALLBACK_TIMEOUT_MS: '2000',
  SHUTDOWN_DRAIN_MS: '5000',
} as const;

/** What a push-service has to reach. */
export interface Surroundings {
  rabbitmqUrl: string;
  redisUrl: string;
  emulatorUrl: string;
  usersUrl: string;
  gatewayUrl: string;
}

/** How the n-th push-service is started, at the URL it is to have. */
export function pushLaunch(
  builds: Builds,
  n: number,
  url: string,
  { env = {}, deaths, mutation, restartAfterMs }: PushSpec,
  surroundings: Surroundings,
): Omit<AppLaunch, 'logFile'> {
  let starts = 0;
  const orders = (): string[] => {
    const death = deaths?.(n, starts++);
    return [
      ...(death === undefined ? [] : ['--die', death]),
      ...(mutation === undefined ? [] : ['--mutation', mutation]),
    ];
  };
  const product = deaths === undefined && mutation === undefined;
  return {
    name: `push-service-${n}`,
    entry: product
      ? join(builds.product, 'apps/push-service/src/main.js')
      : join(builds.mortal, 'test/chaos/instance/main.js'),
    args: orders,
    restartAfterMs,
    url,
    upPath: '/api/v1/health/live',
    env: {
      ...QUICK,
      LOG_LEVEL: 'warn',
      RABBITMQ_URL: surroundings.rabbitmqUrl,
      REDIS_URL: surroundings.redisUrl,
      FCM_EMULATOR_HOST: new URL(surroundings.emulatorUrl).host,
      TEMPLATES_DIR: join(builds.product, 'apps/push-service/templates'),
      USER_SERVICE_URL: surroundings.usersUrl,
      STATUS_CALLBACK_URL: `${surroundings.gatewayUrl}/api/v1/push/status/`,
      ...env,
    },
  };
}
