import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Dependencies, type Dependency, type DependencyState } from '@push/resilience';
import { CachedProbe } from './cached-probe';
import { FirebaseProbe, UserServiceProbe, type Probe } from './health.ports';

/** One circuit breaker in a health answer. */
interface BreakerReport {
  status: 'up' | 'down';
  state: DependencyState;
  /** Consecutive failures. */
  failures: number;
  /** ISO time of its opening. */
  open_since?: string;
  /** Who holds it open, where an operator does. */
  message?: string;
}

/** The circuit breaker of every dependency. */
@Injectable()
export class CircuitBreakersHealthIndicator {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly dependencies: Dependencies,
  ) {}

  /** @param needed the dependencies whose open breaker means down. @default all */
  check<const Key extends string>(
    key: Key,
    needed?: readonly string[],
  ): HealthIndicatorResult<Key> {
    const session = this.indicator.check(key);
    const all = this.dependencies.all();
    const breakers = Object.fromEntries(all.map((one) => [one.name, report(one)]));
    const works = all.every(({ name, available }) => available || needed?.includes(name) === false);
    return works ? session.up(breakers) : session.down(breakers);
  }
}

function report({ available, state, failures, openSince, hold }: Dependency): BreakerReport {
  return {
    status: available ? 'up' : 'down',
    state,
    failures,
    ...(openSince !== undefined && { open_since: isoTime(openSince) }),
    ...(hold !== undefined && { message: `held open by ${hold.by}` }),
  };
}

/** Health of a system behind circuit breakers: down while one is open, else by recent work, else by a probe. */
abstract class ProbedHealthIndicator {
  private readonly cached: CachedProbe;

  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly dependencies: Dependencies,
    private readonly names: readonly string[],
    probe: Probe,
  ) {
    this.cached = new CachedProbe(probe);
  }

  async check<const Key extends string>(key: Key): Promise<HealthIndicatorResult<Key>> {
    const session = this.indicator.check(key);
    const open = this.names
      .flatMap((name) => this.dependencies.get(name) ?? [])
      .find(({ available }) => !available);
    if (open) {
      // The breaker has its own probe; another one would only add load to a failing system.
      const until = open.hold ? `held open by ${open.hold.by}` : 'open until a probe succeeds';
      return session.down({
        checked: 'circuit breaker',
        message: `the circuit breaker of ${open.name} is ${until}`,
        since: isoTime(open.openSince),
      });
    }
    const { up, checked, at, message } = await this.cached.report();
    const last = { checked, checked_at: isoTime(at) };
    return up ? session.up(last) : session.down({ ...last, message });
  }
}

/** Whether Firebase accepts our messages: by a recent send, or a probe that delivers nothing. */
@Injectable()
export class FirebaseHealthIndicator extends ProbedHealthIndicator {
  constructor(indicator: HealthIndicatorService, dependencies: Dependencies, probe: FirebaseProbe) {
    super(indicator, dependencies, ['credentials', 'fcm'], probe);
  }
}

/** Whether the user service answers. */
@Injectable()
export class UserServiceHealthIndicator extends ProbedHealthIndicator {
  constructor(
    indicator: HealthIndicatorService,
    dependencies: Dependencies,
    probe: UserServiceProbe,
  ) {
    super(indicator, dependencies, ['user-service'], probe);
  }
}

function isoTime(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
