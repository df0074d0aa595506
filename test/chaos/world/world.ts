import { join } from 'node:path';
import { request } from 'undici';
import { freePort } from '../../support/ports';
import type { OwnRabbitmq } from '../servers/own-rabbitmq';
import type { OwnRedis } from '../servers/own-redis';
import type { Servers } from '../servers/servers';
import { SingleServers } from '../servers/single-servers';
import { App, type AppLaunch } from './app';
import { HttpFront } from './http-front';
import { OPTED_OUT, people } from './people';
import { Reports } from './reports';

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

const SECRET = 'a-secret-of-this-run';
/** Times are shortened, so that a scenario takes seconds where an operator would see minutes. */
const QUICK = {
  RETRY_INITIAL_DELAY_MS: '50',
  RETRY_MAX_WAIT_IN_MEMORY_MS: '500',
  BREAKER_OPEN_MS: '500',
  IDEMPOTENCY_LEASE_MS: '3000',
  INTAKE_RAMP_UP_MS: '1000',
  FCM_TIMEOUT_MS: '4000',
  USER_SERVICE_TIMEOUT_MS: '1000',
  REDIS_COMMAND_TIMEOUT_MS: '1000',
  STATUS_CALLBACK_TIMEOUT_MS: '2000',
  SHUTDOWN_DRAIN_MS: '5000',
} as const;

/** The whole system on this machine: its own RabbitMQ and Redis, and the four apps as processes. */
export class World {
  readonly reports = new Reports();
  readonly people = people();
  /** Push-services that were killed since the last {@link clear}. */
  deaths = 0;
  /** Processes that ended when nobody had told them to, or not as they should. */
  readonly incidents: string[] = [];
  emulator!: App;
  users!: App;
  gateway!: App;
  push: App[] = [];
  userFront!: HttpFront;
  statusFront!: HttpFront;
  private spec?: string;

  private constructor(
    private readonly dir: string,
    private readonly builds: Builds,
    readonly servers: Servers,
  ) {}

  /**
   * @param dir empty folder for all data and logs
   * @param servers not started. @default one of each
   */
  static async create(dir: string, builds: Builds, servers?: Servers): Promise<World> {
    const world = new World(dir, builds, servers ?? (await SingleServers.create(dir)));
    await Promise.all([world.servers.start(), world.startNeighbours()]);
    await world.startGateway();
    return world;
  }

  /** The one RabbitMQ, where there is one. */
  get rabbitmq(): OwnRabbitmq {
    return this.single.rabbitmq;
  }

  /** The one Redis of push-service, where there is one. */
  get redis(): OwnRedis {
    return this.single.redis;
  }

  private get single(): SingleServers {
    if (this.servers instanceof SingleServers) return this.servers;
    throw new Error('This scenario breaks a single server; this world has clusters');
  }

  /**
   * The push-services as they are asked for; those that run already go on where nothing else is wanted.
   * @param inTrouble they are started anew, and not waited for
   */
  async ensurePush(spec: PushSpec, inTrouble = false): Promise<void> {
    const { instances = 2, deaths, ...rest } = spec;
    const signature = JSON.stringify({ instances, ...rest });
    const fresh = inTrouble || deaths !== undefined || this.spec !== signature;
    if (fresh || !this.push.every(({ isRunning }) => isRunning)) {
      await this.endPush();
      this.push = [];
      for (let n = 0; n < instances; n += 1) this.push.push(await this.newPush(n, spec));
      for (const app of this.push) app.begin();
      this.spec = deaths ? undefined : signature;
    }
    if (!inTrouble) await this.ready();
  }

  private async endPush(): Promise<void> {
    const ends = await Promise.all(this.push.map((app) => app.terminate()));
    for (const how of ends) {
      if (how !== 'exit code 0') this.incidents.push(`a push-service ended on SIGTERM with ${how}`);
    }
  }

  /** One more push-service, not started. */
  async newPush(
    n: number,
    { env = {}, deaths, mutation, restartAfterMs }: PushSpec = {},
  ): Promise<App> {
    let starts = 0;
    const orders = (): string[] => {
      const death = deaths?.(n, starts++);
      return [
        ...(death === undefined ? [] : ['--die', death]),
        ...(mutation === undefined ? [] : ['--mutation', mutation]),
      ];
    };
    const product = deaths === undefined && mutation === undefined;
    return this.app({
      name: `push-service-${n}`,
      entry: product
        ? join(this.builds.product, 'apps/push-service/main.js')
        : join(this.builds.mortal, 'test/chaos/instance/main.js'),
      args: orders,
      restartAfterMs,
      url: `http://127.0.0.1:${await freePort()}`,
      upPath: '/api/v1/health/live',
      env: {
        ...QUICK,
        LOG_LEVEL: 'warn',
        RABBITMQ_URL: this.servers.rabbitmqUrl,
        REDIS_URL: this.servers.redisUrl,
        FCM_EMULATOR_HOST: new URL(this.emulator.url).host,
        TEMPLATES_DIR: join(this.builds.product, 'apps/push-service/templates'),
        USER_SERVICE_URL: this.userFront.url,
        STATUS_CALLBACK_URL: `${this.statusFront.url}/api/v1/push/status/`,
        ...env,
      },
    });
  }

  /** Resolves when every push-service has all that it needs, and consumes. */
  async ready(): Promise<void> {
    await Promise.all(this.push.map((app) => app.up('/api/v1/health')));
  }

  /** Forgets what a scenario has left, so that the next begins with nothing. */
  async clear(): Promise<void> {
    await this.tellEmulator('POST', '/emulator/reset');
    this.reports.clear();
    this.deaths = 0;
    await Promise.all(this.servers.allStores().map((store) => store.flushdb()));
  }

  /** Puts faults of the emulator in force; none takes them back. */
  async setFcmFaults(...faults: object[]): Promise<void> {
    await this.tellEmulator('PUT', '/emulator/faults', faults);
  }

  /** What the emulator tells under a path of its own. */
  async askEmulator<T>(path: string): Promise<T> {
    const { body } = await request(this.emulator.url + path);
    return (await body.json()) as T;
  }

  /** Consumers of a queue. */
  async consumers(queue: string): Promise<number> {
    const rows = await this.rabbitmq.ctl('list_queues', '--formatter', 'json', 'name', 'consumers');
    const found = (JSON.parse(rows) as { name: string; consumers: number }[]).find(
      ({ name }) => name === queue,
    );
    return found?.consumers ?? 0;
  }

  async stop(): Promise<void> {
    const apps = [...this.push, this.gateway, this.users, this.emulator];
    await Promise.all(apps.map((app) => app.lose()));
    await Promise.all([this.userFront.close(), this.statusFront.close()]);
    await this.servers.stop();
  }

  /** The other three apps. */
  private async startNeighbours(): Promise<void> {
    this.emulator = await this.neighbour('fcm-emulator', '/emulator/stats', {
      EMULATOR_MAX_MESSAGES: '1000000',
    });
    this.users = await this.neighbour('user-service', '/api/v1/health/live', {
      DATABASE_FILE: join(this.dir, 'users.sqlite'),
      SEED_DEMO_DATA: 'false',
    });
    await Promise.all([this.emulator.start(), this.users.start()]);
    this.userFront = new HttpFront(this.users.url);
    await this.userFront.open();
    await this.registerPeople();
  }

  /** To be called when the servers' ports are known. */
  private async startGateway(): Promise<void> {
    this.gateway = await this.neighbour('api-gateway', '/api/v1/health/ready', {
      RABBITMQ_URL: this.servers.rabbitmqUrl,
      REDIS_URL: this.servers.gatewayRedisUrl,
      STATUS_CALLBACK_SECRET: SECRET,
    });
    this.statusFront = new HttpFront(this.gateway.url, this.reports.note);
    await this.statusFront.open();
    await this.gateway.start();
  }

  private async neighbour(name: string, upPath: string, env: Record<string, string>): Promise<App> {
    const entry = join(this.builds.product, 'apps', name, 'main.js');
    const url = `http://127.0.0.1:${await freePort()}`;
    return this.app({ name, entry, url, upPath, env: { LOG_LEVEL: 'warn', ...env } });
  }

  private app({ env, ...launch }: Omit<AppLaunch, 'logFile'>): App {
    const logFile = join(this.dir, `${launch.name}.log`);
    const own = {
      PORT: new URL(launch.url).port,
      HOST: '127.0.0.1',
      STATUS_CALLBACK_SECRET: SECRET,
      PATH: process.env['PATH'] ?? '',
    };
    return new App({ ...launch, logFile, env: { ...own, ...env } }, ({ launch: { name } }, how) => {
      if (how !== 'SIGKILL') this.incidents.push(`${name} ended by itself: ${how}; see ${logFile}`);
      else if (name.startsWith('push-service')) this.deaths += 1;
    });
  }

  private async registerPeople(): Promise<void> {
    const users: { id: string; user: object }[] = [...this.people].map(([id, devices]) => ({
      id,
      user: { devices },
    }));
    users.push({
      id: OPTED_OUT,
      user: { devices: [{ token: 'android-out' }], preferences: { push: false } },
    });
    await Promise.all(
      users.map(({ id, user }) => put(`${this.users.url}/api/v1/users/${id}`, user)),
    );
  }

  private async tellEmulator(method: 'POST' | 'PUT', path: string, body?: object): Promise<void> {
    const { statusCode, body: answer } = await request(this.emulator.url + path, {
      method,
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${text}`);
  }
}

async function put(url: string, body: object): Promise<void> {
  const { statusCode, body: answer } = await request(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (statusCode >= 300) throw new Error(`PUT ${url}: ${text}`);
}
