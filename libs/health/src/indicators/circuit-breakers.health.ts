import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Dependencies, type DependencyState } from '@push/resilience';

/** One circuit breaker as it is shown. */
export interface BreakerReport {
  status: 'up' | 'down';
  state: DependencyState;
  /** Consecutive failures. */
  failures: number;
  /** ISO time of its opening. */
  open_since?: string;
  /** Who keeps it open, where an operator does. */
  message?: string;
}

/** The circuit breaker of every dependency. */
@Injectable()
export class CircuitBreakersHealthIndicator {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly dependencies: Dependencies,
  ) {}

  /** @param needed the dependencies whose breaker being open means down. @default all */
  check<const Key extends string>(
    key: Key,
    needed?: readonly string[],
  ): HealthIndicatorResult<Key> {
    const session = this.indicator.check(key);
    const breakers = breakerReports(this.dependencies);
    const works = Object.entries(breakers).every(
      ([name, { status }]) => status === 'up' || needed?.includes(name) === false,
    );
    return works ? session.up(breakers) : session.down(breakers);
  }
}

/** All breakers by the name of their dependency. */
export function breakerReports(dependencies: Dependencies): Record<string, BreakerReport> {
  return Object.fromEntries(
    dependencies.all().map(({ name, available, state, failures, openSince, hold }) => [
      name,
      {
        status: available ? ('up' as const) : ('down' as const),
        state,
        failures,
        ...(openSince !== undefined && { open_since: new Date(openSince).toISOString() }),
        ...(hold !== undefined && { message: `held open by ${hold.by}` }),
      },
    ]),
  );
}
