import { join } from 'node:path';
import { freePort } from '../../support/ports';
import type { OwnRabbitmq } from '../servers/own-rabbitmq';
import type { OwnRedis } from '../../support/own-redis';
import type { Servers } from '../servers/servers';
import { SingleServers } from '../servers/single-servers';
import { App, type AppLaunch } from './app';
import { EmulatorControl } from './emulator';
import { HttpFront } from './http-front';
import { people, registerPeople } from './people';
import { pushLaunch, type Builds, type PushSpec } from './push-launch';
import { Reports } from './reports';

const SECRET = 'a-secret-of-this-run';
/** The whole system on this machine: its own RabbitMQ and Redis, and the four apps as processes. */
export class World {
  readonly reports = new Reports();
  readonly people = people();
  /** Push-services that were killed since the last {@link clear}. */
  deaths = 0;
  /** Processes that ended when nobody had told them to, or not as they should. */
  readonly incidents: string[] = [];
  emulator!: App;
  private emulatorControl!: EmulatorControl;
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
    const running = this.push.filter(({ isRunning }) => isRunning);
    const ends = await Promise.all(running.map((app) => app.terminate()));
    await Promise.all(this.push.map((app) => app.lose()));
    for (const how of ends) {
      if (how !== 'exit code 0') this.incidents.push(`a push-service ended on SIGTERM with ${how}`);
    }
  }

  /** One more push-service, not started. */
  async newPush(n: number, spec: PushSpec = {}): Promise<App> {
    const url = `http://127.0.0.1:${await freePort()}`;
    const launch = pushLaunch(this.builds, n, url, spec, {
      rabbitmqUrl: this.servers.rabbitmqUrl,
      redisUrl: this.servers.redisUrl,
      emulatorUrl: this.emulator.url,
      usersUrl: this.userFront.url,
      gatewayUrl: this.statusFront.url,
    });
    return this.app(launch);
  }

  /** Resolves when every push-service has all that it needs, and consumes. */
  async ready(): Promise<void> {
    await Promise.all(this.push.map((app) => app.up('/api/v1/health')));
  }

  /** Forgets what a scenario has left, so that the next begins with nothing. */
  async clear(): Promise<void> {
    await this.emulatorControl.reset();
    this.reports.clear();
    this.deaths = 0;
    await Promise.all(this.servers.allStores().map((store) => store.flushdb()));
  }

  /** Puts faults of the emulator in force; none takes them back. */
  setFcmFaults(...faults: object[]): Promise<void> {
    return this.emulatorControl.setFaults(...faults);
  }

  /** What the emulator tells under a path of its own. */
  askEmulator<T>(path: string): Promise<T> {
    return this.emulatorControl.ask<T>(path);
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
    this.emulatorControl = new EmulatorControl(this.emulator.url);
    this.userFront = new HttpFront(this.users.url);
    await this.userFront.open();
    await registerPeople(this.users.url, this.people);
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
    const entry = join(this.builds.product, 'apps', name, 'src', 'main.js');
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
}
