import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Draining } from './draining';

/** This process by itself, whatever its surroundings are like. */
@Injectable()
export class ProcessHealthIndicator {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly draining: Draining,
  ) {}

  /** Up as soon as the event loop has turned once. */
  async turning<const Key extends string>(key: Key) {
    const startedAt = performance.now();
    await turn();
    return this.indicator.check(key).up({
      checked: 'event loop',
      turned_in_ms: Math.round((performance.now() - startedAt) * 10) / 10,
      uptime_seconds: Math.round(process.uptime()),
    });
  }

  /** Down from the moment the process is told to stop. */
  staying<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    return this.draining.active
      ? session.down({ checked: 'shutdown', message: 'stopping: finishing the work in hand' })
      : session.up({ checked: 'shutdown' });
  }
}
