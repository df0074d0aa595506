import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectRedis } from '@nestjs-modules/ioredis';
import { RedisConfig } from '@push/config';
import { Deadlines, Dependencies, type Dependency, type Expiring } from '@push/resilience';
import type { Cluster, Redis } from 'ioredis';
import { RedisCommandError, RedisUnavailableError, type RedisError } from './redis.errors';
import { speaksOfOutage, speaksOfUnknownScript } from './refusal';
import { SharedWrites } from './shared-writes';

/** One server or a cluster; their commands are the same. */
export type RedisClient = Redis | Cluster;

/** A look at Redis costs next to nothing, and every message waits for it. */
const PROBE_EVERY_MS = 1000;
const TIMED_OUT = 'Command timed out';
const NEVER_SENT = /^(Stream isn't writeable|Cluster isn't ready)/;

/**
 * The process's one connection to Redis, with its breaker (the dependency `redis`).
 *
 * It dials in the background and for as long as it takes; while there is no connection commands fail at once.
 */
@Injectable()
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  /** Its probe writes, as a Redis that answers PING but refuses to write is of no use. */
  readonly dependency: Dependency;
  private readonly logger = new Logger(RedisConnection.name);
  private readonly writes = new SharedWrites();
  /** Of commands. ioredis' own are a timer for each, and deleting that from a command makes a slow object of it. */
  private readonly deadlines: Deadlines;
  private isDown = false;
  private stopping = false;
  private reason = 'not connected yet';
  private answeredAt = 0;
  /** Given up, and not closed yet: the other end has to hear of it, or the client lose its patience. */
  private abandoned = false;

  constructor(
    /** For what needs no breaker, such as health. Commands on the way of a message go through {@link run}. */
    @InjectRedis() readonly client: RedisClient,
    private readonly config: RedisConfig,
    dependencies: Dependencies,
  ) {
    this.deadlines = new Deadlines(config.commandTimeoutMs);
    this.dependency = dependencies.create({
      name: 'redis',
      openMs: PROBE_EVERY_MS,
      probe: () => this.probe(),
      // One bad key is no outage: it must not stop the work on all others.
      classifyError: (error) => (error instanceof RedisCommandError ? 'success' : 'failure'),
    });
    this.watch();
  }

  /** Starts dialling; waits for the connection a moment, as most often it is there at once. Never throws. */
  async onModuleInit(): Promise<void> {
    const connected = this.client.connect().catch(() => undefined); // told by the events
    await Promise.race([connected, delay(this.config.commandTimeoutMs, undefined, { ref: false })]);
  }

  /** Work in hand is finished in `beforeApplicationShutdown`, with Redis still there; all is to be done with it by now. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.send((client) => client.quit()).catch(() => undefined);
    this.client.disconnect(); // ends the redialling too, where there was nobody to say QUIT to
  }

  /** Whether commands can be sent right now. */
  get connected(): boolean {
    return this.client.status === 'ready';
  }

  /** `address:port` of the server at the other end; undefined where there is none, or many. */
  get remote(): string | undefined {
    const { stream } = this.client as Partial<Redis>;
    return stream && `${stream.remoteAddress}:${stream.remotePort}`;
  }

  /** Gives up this connection for a new one, as the primary has moved. */
  redial(): void {
    if (this.connected && !this.stopping) this.abandon();
  }

  /** The full name of a key: prefixed by REDIS_NAMESPACE. */
  key(name: string): string {
    return this.config.namespace + name;
  }

  /**
   * Sends one command through the breaker.
   * @throws {DependencyDownError} at once, while the breaker is open
   * @throws {RedisUnavailableError} when no sound answer came within REDIS_COMMAND_TIMEOUT_MS
   * @throws {RedisCommandError} when Redis works, and refused this very command
   */
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.dependency.execute(() => this.send(command));
  }

  /**
   * As {@link run}, past the breaker: for the way by which an operator who holds it open lets go of it again. Says
   * nothing for or against Redis.
   */
  runUnguarded<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.send(command);
  }

  /** @param resends whether a script that Redis does not have is sent once more */
  private send<T>(command: (client: RedisClient) => Promise<T>, resends = true): Promise<T> {
    if (!this.connected) return Promise.reject(new RedisUnavailableError(this.reason, false));
    const { stream } = this.client as Partial<Redis>; // a cluster has many, and shares its writes by itself
    if (stream !== undefined) this.writes.hold(stream);
    const sentAt = performance.now();
    return new Promise((resolve, reject) => {
      const sent: Expiring = { expire: () => reject(this.translate(new Error(TIMED_OUT), sentAt)) };
      const answering = command(this.client);
      this.deadlines.begin(sent);
      answering.then(
        (answer) => {
          this.deadlines.end(sent);
          this.answeredAt = performance.now();
          resolve(answer);
        },
        (error: unknown) => {
          this.deadlines.end(sent);
          // ioredis sends it by itself, but not where it tried in vain before, as clusters have it do (5.11).
          const unknown = speaksOfUnknownScript((error as Error).message);
          if (unknown && resends) resolve(this.send(command, false));
          else reject(this.translate(error, sentAt));
        },
      );
    });
  }

  private translate(error: unknown, sentAt: number): RedisError {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'ReplyError') {
      this.answeredAt = performance.now();
      return speaksOfOutage(message)
        ? new RedisUnavailableError(message, false, { cause: error })
        : new RedisCommandError(message, { cause: error });
    }
    if (message === TIMED_OUT) {
      // Silence since before the command: the other end may be gone without a word, and TCP would wait for minutes.
      if (this.answeredAt < sentAt && this.connected) this.abandon();
      const reason = `no answer within ${this.config.commandTimeoutMs} ms`;
      return new RedisUnavailableError(reason, true, { cause: error });
    }
    return new RedisUnavailableError(message, !NEVER_SENT.test(message), { cause: error });
  }

  /** Once for one connection, however many commands it leaves without an answer. */
  private abandon(): void {
    if (this.abandoned) return;
    this.abandoned = true;
    this.client.disconnect(true);
  }

  private async probe(): Promise<void> {
    await this.send((client) => client.set(this.key('probe'), '1', 'PX', 60_000));
  }

  /** One line for each change of state, however many attempts lie between. Messages only: errors carry arguments. */
  private watch(): void {
    const client: NodeJS.EventEmitter = this.client;
    let sentinelSaid: string | undefined;
    client.on('sentinelError', ({ message }: Error) => {
      sentinelSaid = message;
    });
    client.on('error', ({ message }: Error) => {
      this.reason = (sentinelSaid ?? message).replace(/\.$/, '') || this.reason;
      // Where no sentinel leads to a primary, there is no connection that could close.
      if (sentinelSaid !== undefined) this.tellOutage();
      sentinelSaid = undefined;
    });
    client.on('close', () => {
      this.abandoned = false;
      this.timeCommands(true);
      this.tellOutage();
    });
    client.on('ready', () => {
      this.timeCommands(false);
      this.isDown = false;
      this.reason = 'the connection was lost';
      this.logger.log('Redis is connected');
    });
  }

  /** Has ioredis time each command: those it sends itself before it is ready, as all others are timed by {@link send}. */
  private timeCommands(timed: boolean): void {
    const { options } = this.client as Redis; // the connections of a cluster have their own, and go on timing
    options.commandTimeout = timed ? this.config.commandTimeoutMs : undefined;
  }

  private tellOutage(): void {
    if (this.isDown || this.stopping) return;
    this.isDown = true;
    this.logger.warn({ reason: this.reason }, 'Redis is not reachable; trying again until it is');
  }
}
