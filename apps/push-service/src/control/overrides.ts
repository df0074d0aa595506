import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { LogLevel } from '@push/observability';
import { PushQueueServer } from '@push/queue';
import { RedisUnavailableError } from '@push/redis';
import { Dependencies } from '@push/resilience';
import { bulkhead } from 'cockatiel';
import { IntakeConfig } from '../consumer/intake.config';
import { OperatorPause } from '../consumer/operator-pause';
import {
  fieldOf,
  OverrideStore,
  readOverride,
  type BreakerOverride,
  type LogLevelOverride,
  type Override,
  type PauseOverride,
  type StoredOverrides,
} from './override-store';

/** Brings this process into the desired state. */
@Injectable()
export class OverrideApplier {
  private readonly logger = new Logger(OverrideApplier.name);
  private logLevelOverride?: LogLevelOverride;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly pause: OperatorPause,
    private readonly server: PushQueueServer,
    private readonly intake: IntakeConfig,
    private readonly logLevel: LogLevel,
  ) {}

  /** Whether this process has what the override is about. */
  canApply(override: Override): boolean {
    return override.kind !== 'breaker' || this.dependencies.get(override.dependency) !== undefined;
  }

  /** @param atStart whether it may be older than this process: then an action that is done once was not meant for it */
  apply(override: Override, { atStart }: { atStart: boolean }): void {
    switch (override.kind) {
      case 'pause':
        this.applyPause(override.value);
        break;
      case 'concurrency':
        this.applyConcurrency(override.value.value ?? this.intake.concurrency, override.value.by);
        break;
      case 'log_level':
        this.logLevelOverride = override.value;
        this.expireLogLevel();
        break;
      case 'breaker':
        this.applyBreaker(override.dependency, override.value, atStart);
        break;
      default:
        override satisfies never;
    }
  }

  /** The overrides are known: intake may start. */
  markKnown(): void {
    this.pause.markKnown();
  }

  /** Sets the log level that is in force now: as configured once the override has expired. */
  expireLogLevel(): void {
    if (this.logLevelOverride === undefined) return;
    const { level, until, by } = this.logLevelOverride;
    const expired = until !== undefined && until <= Date.now();
    const inForce = expired ? null : level;
    this.logLevel.set(inForce ?? this.logLevel.configured, {
      actor: by,
      ...(expired
        ? { because: 'the override has expired' }
        : { until: until && new Date(until).toISOString() }),
    });
  }

  private applyPause({ paused, by, at, reason }: PauseOverride): void {
    if (paused) this.pause.set({ by, since: at, reason });
    else this.pause.clear(by);
  }

  private applyConcurrency(to: number, actor: string): void {
    const from = this.server.maxConcurrency;
    if (to === from) return;
    this.logger.log({ actor, from, to }, 'Concurrency changed');
    void this.server.setMaxConcurrency(to);
  }

  private applyBreaker(name: string, { wish, by, at }: BreakerOverride, atStart: boolean): void {
    const dependency = this.dependencies.get(name);
    switch (wish) {
      case 'open':
        dependency?.holdOpen({ by, since: at });
        break;
      case 'close':
        if (!atStart) dependency?.close(by);
        break;
      case 'reset':
        if (!atStart) dependency?.reset(by);
        break;
      default:
        wish satisfies never;
    }
  }
}

/**
 * The desired state that operators have set, as far as this instance knows. While Redis is unreachable the last known
 * overrides stay in force; where Redis has lost one, it is written again.
 */
@Injectable()
export class Overrides {
  private readonly logger = new Logger(Overrides.name);
  private readonly known = new Map<string, { text: string; override: Override }>();
  private hasRead = false;
  private loggedUnreadable = false;
  /** One at a time, so that an older answer of Redis is never applied after a newer override. */
  private readonly mutex = bulkhead(1, Infinity);

  constructor(
    private readonly store: OverrideStore,
    private readonly applier: OverrideApplier,
  ) {}

  /** The newest override of a kind; `breaker` has one a dependency, and none here. */
  get<Kind extends Override['kind']>(kind: Kind): Extract<Override, { kind: Kind }> | undefined {
    return this.known.get(kind)?.override as Extract<Override, { kind: Kind }> | undefined;
  }

  /** A hash of all overrides: equal where two instances know the same. */
  get revision(): string {
    const texts = [...this.known].map(([field, { text }]) => [field, text] as const);
    texts.sort(([one], [other]) => (one < other ? -1 : 1));
    return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 12);
  }

  /** Reads the overrides and applies what is new in them; to be called every second. Never rejects. */
  async refresh(): Promise<void> {
    try {
      await this.mutex.execute(() => this.read());
      this.loggedUnreadable = false;
    } catch (error) {
      this.handleUnreadable(error);
    }
    this.applier.expireLogLevel();
  }

  /**
   * Stores an override for all instances, and applies it here.
   * @throws {RedisUnavailableError} or {RedisCommandError} where it cannot be stored; then nothing is changed
   */
  async set(override: Override): Promise<void> {
    await this.mutex.execute(async () => {
      await this.read();
      const field = fieldOf(override);
      // Newer than the last one, whichever instance's clock that one has its time from.
      const at = Math.max(override.value.at, this.setAt(field) + 1);
      const text = JSON.stringify({ ...override.value, at });
      await this.store.write(field, text);
      this.apply({ [field]: text });
    });
  }

  private async read(): Promise<void> {
    const stored = await this.store.read();
    this.apply(stored);
    const lost = [...this.known].filter(([field]) => this.isLost(field, stored));
    if (lost.length === 0) return;
    for (const [field, { text }] of lost) {
      if (Object.hasOwn(stored, field)) await this.store.write(field, text);
      else await this.store.restore(field, text);
    }
    this.logger.warn(
      { overrides: lost.map(([field]) => field) },
      'Redis had lost overrides; they were written again',
    );
  }

  private apply(stored: StoredOverrides): void {
    for (const [field, text] of Object.entries(stored)) {
      if (this.known.get(field)?.text === text) continue;
      const override = readOverride(field, text);
      if (override === undefined || !this.applier.canApply(override)) continue;
      if (override.value.at < this.setAt(field)) continue;
      this.known.set(field, { text, override });
      this.applier.apply(override, { atStart: !this.hasRead });
    }
    this.hasRead = true;
    this.applier.markKnown();
  }

  /** Missing, or replaced by an older one, as after a failover. One that only a later version understands stays. */
  private isLost(field: string, stored: StoredOverrides): boolean {
    if (!Object.hasOwn(stored, field)) return true;
    const override = readOverride(field, stored[field] ?? '');
    return override !== undefined && override.value.at < this.setAt(field);
  }

  /** When the known override of a field was set; 0 where there is none. */
  private setAt(field: string): number {
    return this.known.get(field)?.override.value.at ?? 0;
  }

  /** An unreachable Redis is logged elsewhere. Any other reason must not keep intake closed for ever. */
  private handleUnreadable(error: unknown): void {
    if (error instanceof RedisUnavailableError && !lacksPermission(error)) return;
    if (!this.loggedUnreadable) {
      this.logger.error({ err: error }, 'The overrides of operators cannot be read');
    }
    this.loggedUnreadable = true;
    this.applier.markKnown();
  }
}

/** Where the Redis user may not read this hash, waiting does not help, and everything else may work. */
function lacksPermission({ cause }: RedisUnavailableError): boolean {
  return cause instanceof Error && cause.message.startsWith('NOPERM');
}
