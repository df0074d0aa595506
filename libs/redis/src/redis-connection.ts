import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectRedis } from '@nestjs-modules/ioredis';
import { RedisConfig } from '@push/config';
import { Dependencies, type Dependency } from '@push/resilience';
import type { Cluster, Redis } from 'ioredis';
import {
  isOutageReply,
  isUnknownScriptReply,
  RedisCommandError,
  RedisUnavailableError,
  type RedisError,
} from './redis.errors';

/** One server or a cluster; their commands are the same. */
export type RedisClient = Redis | Cluster;

/** A probe of Redis costs next to nothing, and every message waits for it. */
const PROBE_EVERY_MS = 1000;
const TIMED_OUT = 'Command timed out';
const NEVER_SENT = /^(Stream isn't writeable|Cluster isn't ready)/;

/**
 * The process's one connection to Redis, with its breaker (the dependency `redis`).
 *
 * It connects in the background and for as long as it takes; while there is no connection commands fail at once.
 */
@Injectable()
export class RedisConnection implements OnModuleInit, OnApplicationShutdown {
  /** Its probe writes, as a Redis that answers PING but refuses writes is of no use. */
  readonly dependency: Dependency;
  private readonly logger = new Logger(RedisConnection.name);
  private isDown = false;
  private stopping = false;
  private reason = 'not connected yet';
  private repliedAt = 0;
  /** Given up and not closed yet. */
  private abandoned = false;

  constructor(
    /** For what needs no breaker, such as health. Commands for a message go through {@link run}. */
    @InjectRedis() readonly client: RedisClient,
    private readonly config: RedisConfig,
    dependencies: Dependencies,
  ) {
    this.dependency = dependencies.create({
      name: 'redis',
      openMs: PROBE_EVERY_MS,
      probe: () => this.probe(),
      // One bad key is no outage: it must not stop the work on all others.
      classifyError: (error) => (error instanceof RedisCommandError ? 'success' : 'failure'),
    });
    this.listen();
  }

  /** Starts connecting; waits a moment, as most often the connection is there at once. Never throws. */
  async onModuleInit(): Promise<void> {
    const connected = this.client.connect().catch(() => undefined); // its events are logged
    await Promise.race([connected, delay(this.config.commandTimeoutMs, undefined, { ref: false })]);
  }

  /** In the last hook: messages in flight need Redis until the end of `beforeApplicationShutdown`. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.runUnguarded((client) => client.quit()).catch(() => undefined);
    this.client.disconnect(); // ends the reconnecting too, where nobody was there to QUIT
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
  reconnect(): void {
    if (this.connected && !this.stopping) this.abandon();
  }

  /** The full name of a key: prefixed by REDIS_NAMESPACE. */
  key(name: string): string {
    return this.config.namespace + name;
  }

  /**
   * Sends one command through the breaker. Commands of one turn of the event loop, and those issued while replies are
   * awaited, are sent together (ioredis' auto-pipelining).
   * @throws {DependencyDownError} at once, while the breaker is open
   * @throws {RedisUnavailableError} where no usable reply came within REDIS_COMMAND_TIMEOUT_MS of sending
   * @throws {RedisCommandError} where Redis works, and refused this one command
   */
  run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.dependency.execute(() => this.runUnguarded(command));
  }

  /** As {@link run}, past the breaker and uncounted, so that an operator who holds it open can close it again. */
  async runUnguarded<T>(
    command: (client: RedisClient) => Promise<T>,
    resendUnknownScript = true,
  ): Promise<T> {
    if (!this.connected) throw new RedisUnavailableError(this.reason, false);
    try {
      const reply = await command(this.client);
      this.repliedAt = performance.now();
      return reply;
    } catch (error) {
      // ioredis resends it, but not on a cluster where the first try failed for another reason (5.11).
      if (resendUnknownScript && isUnknownScriptReply((error as Error).message)) {
        return this.runUnguarded(command, false);
      }
      throw this.translate(error);
    }
  }

  private translate(error: unknown): RedisError {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (name === 'ReplyError') {
      this.repliedAt = performance.now();
      return isOutageReply(message)
        ? new RedisUnavailableError(message, false, { cause: error })
        : new RedisCommandError(message, { cause: error });
    }
    if (message === TIMED_OUT) {
      this.abandonIfSilent();
      const reason = `no answer within ${this.config.commandTimeoutMs} ms`;
      return new RedisUnavailableError(reason, true, { cause: error });
    }
    return new RedisUnavailableError(message, !NEVER_SENT.test(message), { cause: error });
  }

  /**
   * The other end may be gone without a word, and TCP would wait for minutes. `socketTimeout` of ioredis is no help: its
   * timer outlives the connection and destroys the next one (5.11).
   */
  private abandonIfSilent(): void {
    const silentMs = performance.now() - this.repliedAt;
    // Not the whole timeout: on a busy event loop timers start early, and replies are seen late.
    if (this.connected && silentMs > 0.9 * this.config.commandTimeoutMs) this.abandon();
  }

  /** Once for each connection, however many commands it leaves without a reply. */
  private abandon(): void {
    if (this.abandoned) return;
    this.abandoned = true;
    this.client.disconnect(true);
  }

  private async probe(): Promise<void> {
    await this.runUnguarded((client) => client.set(this.key('probe'), '1', 'PX', 60_000));
  }

  /** Logs one line for each change, however many attempts lie between. Messages only: errors carry arguments. */
  private listen(): void {
    const client: NodeJS.EventEmitter = this.client;
    let sentinelReason: string | undefined;
    client.on('sentinelError', ({ message }: Error) => {
      sentinelReason = message;
    });
    client.on('error', ({ message }: Error) => {
      this.reason = (sentinelReason ?? message).replace(/\.$/, '') || this.reason;
      // Where no sentinel leads to a primary, there is no connection that could close.
      if (sentinelReason !== undefined) this.logOutage();
      sentinelReason = undefined;
    });
    client.on('close', () => {
      this.abandoned = false;
      this.logOutage();
    });
    client.on('ready', () => {
      this.isDown = false;
      this.reason = 'the connection was lost';
      this.logger.log('Redis is connected');
    });
  }

  private logOutage(): void {
    if (this.isDown || this.stopping) return;
    this.isDown = true;
    this.logger.warn({ reason: this.reason }, 'Redis is not reachable; trying again until it is');
  }
}
