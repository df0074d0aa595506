import { Injectable } from '@nestjs/common';
import { DeliveryConfig } from './delivery.config';
import type { Deferred, Progress } from './outcome';

/** Waits between looks at something that is not ready, by how often it has been parked. */
const PARK_DELAYS_MS = [1000, 5000, 15_000, 60_000, 300_000] as const;

/** Decides how long a request is parked, and when it has been parked often enough. */
@Injectable()
export class Deferral {
  constructor(private readonly config: DeliveryConfig) {}

  /** A wait that grows with each parking, in milliseconds. */
  delayMs(parkedCount: number): number {
    return PARK_DELAYS_MS[parkedCount] ?? PARK_DELAYS_MS[PARK_DELAYS_MS.length - 1] ?? 0;
  }

  /**
   * Parks a request, or ends it where it has been parked `PARK_MAX_TIMES` times for a reason that counts.
   * @param giveUp how it ends then
   */
  defer<T>(
    { tries, waits }: Progress,
    reason: Deferred['reason'],
    delayMs: number,
    giveUp: () => T,
  ): Deferred | T {
    return waits < this.config.parkMaxTimes
      ? { kind: 'deferred', reason, delayMs, progress: { tries, waits: waits + 1 } }
      : giveUp();
  }
}
