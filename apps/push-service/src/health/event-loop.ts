import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

const WINDOW_MS = 60_000;
/** Milliseconds between the measurement's own turns. */
const RESOLUTION_MS = 20;

/** How long the event loop was kept from turning. A loop that is blocked now answers no probe, whose time-out sees it. */
@Injectable()
export class EventLoop implements OnModuleDestroy {
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly timer: NodeJS.Timeout;
  private before = 0;

  constructor() {
    this.delay.enable();
    this.timer = setInterval(() => {
      this.before = this.delay.max;
      this.delay.reset();
    }, WINDOW_MS);
    this.timer.unref();
  }

  /** Longest block of the last one to two minutes, in milliseconds. */
  get longestBlockMs(): number {
    return Math.round(Math.max(this.before, this.delay.max) / 1e6);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.delay.disable();
  }
}
