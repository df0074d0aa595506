import { Injectable } from '@nestjs/common';
import type { LogLevelName } from '@push/config';
import { LogLevel } from '@push/observability';
import { Dependencies } from '@push/resilience';
import { OperatorPause } from '../consumer/operator-pause';
import { ConcurrencySwitch } from './concurrency-switch';
import type { BreakerWish, LogLevelWish, PauseWish, Wish } from './wish';

/** Carries wishes out in this process. */
@Injectable()
export class Steering {
  private logLevelWish?: LogLevelWish;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly pause: OperatorPause,
    private readonly concurrency: ConcurrencySwitch,
    private readonly logLevel: LogLevel,
  ) {}

  /** Whether there is here what the wish is about. */
  knows(wish: Wish): boolean {
    return wish.about !== 'breaker' || this.dependencies.get(wish.dependency) !== undefined;
  }

  /**
   * Does what a new word asks for.
   * @param atStart where it is older than this process, so that what is done once was not meant for it
   */
  follow(wish: Wish, { atStart }: { atStart: boolean }): void {
    switch (wish.about) {
      case 'pause':
        this.followPause(wish.word);
        break;
      case 'concurrency':
        this.concurrency.set(wish.word.value ?? undefined, wish.word.by);
        break;
      case 'log_level':
        this.logLevelWish = wish.word;
        this.keepTime();
        break;
      case 'breaker':
        this.followBreaker(wish.dependency, wish.word, atStart);
        break;
      default:
        wish satisfies never;
    }
  }

  /** The wishes are known: from here on intake may begin. */
  begin(): void {
    this.pause.markKnown();
  }

  /** Ends what was wished for a time only. To be called every second or so. */
  keepTime(): void {
    if (this.logLevelWish === undefined) return;
    const { level, until, by } = this.logLevelWish;
    const over = until !== undefined && until <= Date.now();
    const wanted: LogLevelName | null = over ? null : level;
    this.logLevel.set(wanted ?? this.logLevel.configured, {
      actor: by,
      ...(over ? { because: 'its time is up' } : { until: until && new Date(until).toISOString() }),
    });
  }

  private followPause({ paused, by, at, reason }: PauseWish): void {
    if (paused) this.pause.set({ by, since: at, reason });
    else this.pause.clear(by);
  }

  private followBreaker(name: string, { wish, by, at }: BreakerWish, atStart: boolean): void {
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
