import { Injectable } from '@nestjs/common';
import { inSpan, Metrics } from '@push/observability';
import { QuickHistogram, type Series } from './quick-histogram';

/**
 * The steps of one notification's way, in their order: in the queue until it is delivered for the first time, its claim,
 * the look-up of its user, the composition of its texts, the send to one device with all its tries, a write to the claim,
 * its dead letter, the announcement of its status.
 */
export const STAGES = [
  'queued',
  'claim',
  'look_up',
  'compose',
  'send',
  'record',
  'bury',
  'announce',
] as const;
export type Stage = (typeof STAGES)[number];

/** From a round trip on one machine to a queue that has sat out an outage. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600];

/** Takes the time of each step. */
@Injectable()
export class Stages {
  private readonly timers: Readonly<Record<Stage, Series>>;

  constructor({ registry }: Metrics) {
    const seconds = new QuickHistogram({
      name: 'push_stage_duration_seconds',
      help: 'Time in each step of a notification, failures included',
      labelNames: ['stage'],
      buckets: BUCKETS,
      registers: [registry],
    });
    const timers = STAGES.map((stage) => [stage, seconds.series({ stage })] as const);
    this.timers = Object.fromEntries(timers) as Record<Stage, Series>;
  }

  /** Runs one step, in a span of its own; resolves and rejects as it does. */
  async run<T>(stage: Stage, step: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await inSpan(stage, step);
    } finally {
      this.ended(stage, startedAt);
    }
  }

  /**
   * Notes a step that has come to its end just now, whichever that is. For what every notification goes through: {@link run} costs
   * 400 bytes more.
   * @param startedAt by `performance.now()`
   */
  ended(stage: Stage, startedAt: number): void {
    this.observe(stage, (performance.now() - startedAt) / 1000);
  }

  /** Notes the seconds of a step whose time was taken elsewhere. */
  observe(stage: Stage, seconds: number): void {
    this.timers[stage].observe(seconds);
  }
}
