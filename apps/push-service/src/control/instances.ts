import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LogLevel } from '@push/observability';
import { PushQueueServer } from '@push/queue';
import { RedisConnection, RedisUnavailableError } from '@push/redis';
import { Dependencies } from '@push/resilience';
import { z } from 'zod';
import { Gate } from '../consumer/gate';
import { VERSION } from '../version';
import { parseJson } from './override-store';
import { Overrides } from './overrides';

const HEARTBEAT_INTERVAL_MS = 1000;
/** Without a heartbeat for this time an instance is taken for gone. Redis's clock counts it. */
const REPORT_TTL_MS = 10_000;
const MAX_LISTED = 200;

/** What an instance reports about itself. */
export const instanceReportSchema = z.object({
  id: z.string(),
  started_at: z.string(),
  version: z.string(),
  paused: z.boolean(),
  /** Dependencies that are down, and `operator`. */
  waiting_for: z.array(z.string()),
  in_flight: z.number(),
  concurrency: z.number(),
  breakers_open: z.array(z.string()),
  log_level: z.string(),
  /** Of the overrides that it knows. */
  revision: z.string(),
});

export type InstanceReport = z.output<typeof instanceReportSchema>;

/** This process as one of several instances. */
@Injectable()
export class Instance {
  /** New with each start of the process. */
  readonly id = `${hostname().slice(0, 64)}-${randomBytes(4).toString('hex')}`;
  private readonly startedAt = new Date().toISOString();

  constructor(
    private readonly server: PushQueueServer,
    private readonly dependencies: Dependencies,
    private readonly gate: Gate,
    private readonly overrides: Overrides,
    private readonly logLevel: LogLevel,
  ) {}

  report(): InstanceReport {
    const open = this.dependencies.all().filter(({ available }) => !available);
    return {
      id: this.id,
      started_at: this.startedAt,
      version: VERSION,
      paused: this.server.paused,
      waiting_for: this.gate.waitingFor,
      in_flight: this.server.inFlight,
      concurrency: this.server.maxConcurrency,
      breakers_open: open.map(({ name }) => name),
      log_level: this.logLevel.current,
      revision: this.overrides.revision,
    };
  }
}

/**
 * All instances, by their last heartbeat in Redis. Every second this one refreshes its overrides and then sends its own
 * heartbeat. Bypasses the circuit breaker of Redis, as the overrides do.
 */
@Injectable()
export class Instances implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly idsKey: string;
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly redis: RedisConnection,
    private readonly overrides: Overrides,
    private readonly instance: Instance,
  ) {
    this.idsKey = redis.key('control:instances');
  }

  /** The app goes on starting meanwhile; the gate waits until the overrides are known. */
  onApplicationBootstrap(): void {
    // Listing removes the ids of instances that ended without notice.
    void this.beat().then(() => this.list().catch(() => undefined));
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    const { id } = this.instance;
    await this.redis
      .runUnguarded((client) =>
        Promise.all([client.del(this.keyOf(id)), client.srem(this.idsKey, id)]),
      )
      .catch(() => undefined); // its report expires soon
  }

  /** This instance as it is now, then the others by their start, as they last reported; null while Redis is unreachable. */
  async all(): Promise<InstanceReport[] | null> {
    try {
      const reports = await this.list();
      const own = this.instance.report();
      return [own, ...reports.filter(({ id }) => id !== own.id)];
    } catch (error) {
      if (error instanceof RedisUnavailableError) return null;
      throw error;
    }
  }

  private async beat(): Promise<void> {
    await this.overrides.refresh();
    await this.send().catch(() => undefined); // the next heartbeat is soon
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.beat(), HEARTBEAT_INTERVAL_MS);
    this.timer.unref();
  }

  private async send(): Promise<void> {
    if (this.stopped) return;
    const report = this.instance.report();
    await this.redis.runUnguarded((client) =>
      Promise.all([
        client.set(this.keyOf(report.id), JSON.stringify(report), 'PX', REPORT_TTL_MS),
        client.sadd(this.idsKey, report.id),
      ]),
    );
  }

  /** The instances with a recent heartbeat, by their start; removes the ids of the others. */
  private async list(): Promise<InstanceReport[]> {
    const ids = await this.redis.runUnguarded((client) => client.smembers(this.idsKey));
    const texts = await this.redis.runUnguarded((client) =>
      Promise.all(ids.slice(0, MAX_LISTED).map((id) => client.get(this.keyOf(id)))),
    );
    const reports: InstanceReport[] = [];
    const gone: string[] = [];
    for (const [index, text] of texts.entries()) {
      const { data } = instanceReportSchema.safeParse(parseJson(text ?? ''));
      if (data !== undefined) reports.push(data);
      else gone.push(ids[index] ?? '');
    }
    if (gone.length > 0) {
      await this.redis.runUnguarded((client) => client.srem(this.idsKey, ...gone));
    }
    return reports.sort((one, other) => (one.started_at < other.started_at ? -1 : 1));
  }

  private keyOf(id: string): string {
    return this.redis.key(`control:instance:${id}`);
  }
}
