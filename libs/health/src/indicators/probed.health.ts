import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { Dependencies, type Dependency } from '@push/resilience';
import { CachedProbe } from '../cached-probe';
import { FirebaseProbe, UserServiceProbe, type Probe } from '../probe';

/** Health of a system behind breakers: what an open one knows, else recent work, else a probe. */
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
    const open = this.openBreaker();
    if (open) {
      // The breaker has its own probe; asking beside it would only add load to a system in trouble.
      return session.down({
        checked: 'circuit breaker',
        message: `the circuit breaker of ${open.name} is ${openUntil(open)}`,
        since: isoTime(open.openSince),
      });
    }
    const { up, checked, at, message } = await this.cached.report();
    const last = { checked, checked_at: isoTime(at) };
    return up ? session.up(last) : session.down({ ...last, message });
  }

  private openBreaker(): Dependency | undefined {
    return this.names
      .flatMap((name) => this.dependencies.get(name) ?? [])
      .find(({ available }) => !available);
  }
}

/** Whether Firebase takes messages, of ours: it has really answered, a send of late or a probe that delivers nothing. */
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

function openUntil({ hold }: Dependency): string {
  return hold === undefined ? 'open until a probe succeeds' : `held open by ${hold.by}`;
}

function isoTime(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
