import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { Draining } from './draining';
import { EventLoop } from './event-loop';
import { IntakeWatch } from './intake-watch';

/** This process by itself, whatever its surroundings are like. */
@Injectable()
export class ProcessHealthIndicator {
  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly draining: Draining,
    private readonly loop: EventLoop,
    private readonly intake: IntakeWatch,
  ) {}

  /** Up as soon as the event loop has turned once. */
  async turning<const Key extends string>(key: Key) {
    const startedAt = performance.now();
    await turn();
    return this.indicator.check(key).up({
      checked: 'event loop',
      longest_block_ms: this.loop.longestBlockMs,
      turned_in_ms: Math.round((performance.now() - startedAt) * 10) / 10,
      uptime_seconds: Math.round(process.uptime()),
    });
  }

  /** Down where intake is dead without a sign of it, which a restart mends; not while it is idle, held back or busy. */
  intaking<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    const { problem } = this.intake;
    const checked = 'consumers';
    return problem === undefined
      ? session.up({ checked })
      : session.down({ checked, message: problem });
  }

  /** Down from the moment the process is told to stop. */
  staying<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    return this.draining.active
      ? session.down({ checked: 'shutdown', message: 'stopping: finishing the work in hand' })
      : session.up({ checked: 'shutdown' });
  }
}
