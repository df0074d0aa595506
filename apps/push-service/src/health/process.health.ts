import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { IntakeLiveness } from './intake-liveness';

const WINDOW_MS = 60_000;
const RESOLUTION_MS = 20;

/** The health of this process alone, whatever its dependencies are like. */
@Injectable()
export class ProcessHealthIndicator implements OnModuleInit, OnModuleDestroy {
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private timer?: NodeJS.Timeout;
  private maxDelayOfLastWindow = 0;
  private stopping = false;

  constructor(
    private readonly indicator: HealthIndicatorService,
    private readonly intake: IntakeLiveness,
  ) {}

  onModuleInit(): void {
    this.delay.enable();
    this.timer = setInterval(() => {
      this.maxDelayOfLastWindow = this.delay.max;
      this.delay.reset();
    }, WINDOW_MS);
    this.timer.unref();
  }

  /** Nest calls it before anything is drained or closed. */
  onModuleDestroy(): void {
    this.stopping = true;
    clearInterval(this.timer);
    this.delay.disable();
  }

  /** Up once the event loop has turned. A blocked loop answers no probe, whose timeout detects it. */
  async checkEventLoop<const Key extends string>(key: Key) {
    const startedAt = performance.now();
    await nextTurn();
    return this.indicator.check(key).up({
      checked: 'event loop',
      // Of the last one to two minutes.
      longest_block_ms: Math.round(Math.max(this.maxDelayOfLastWindow, this.delay.max) / 1e6),
      turned_in_ms: Math.round((performance.now() - startedAt) * 10) / 10,
      uptime_seconds: Math.round(process.uptime()),
    });
  }

  /** Down where intake is dead, which a restart repairs; not while it is idle, paused or busy. */
  checkIntake<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    const { problem } = this.intake;
    const checked = 'consumers';
    return problem === undefined
      ? session.up({ checked })
      : session.down({ checked, message: problem });
  }

  /** Down from the moment the process is told to stop. */
  checkShutdown<const Key extends string>(key: Key) {
    const session = this.indicator.check(key);
    const checked = 'shutdown';
    return this.stopping
      ? session.down({ checked, message: 'stopping: waiting for messages in flight' })
      : session.up({ checked });
  }
}
