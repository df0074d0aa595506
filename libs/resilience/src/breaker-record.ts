import { Logger } from '@nestjs/common';

/** What is logged of an opening. */
export interface Opening {
  /** A sentence. */
  reason?: string;
  failures: number;
  /** Milliseconds to the first probe. */
  probeInMs: number;
}

/** Since when a breaker has been as it is and how often it has opened; says each change once in the log. */
export class BreakerRecord {
  private readonly logger = new Logger('Dependency');
  private isDown = false;
  private changedAt = Date.now();
  private opened = 0;

  constructor(private readonly dependency: string) {}

  get down(): boolean {
    return this.isDown;
  }

  /** Epoch milliseconds. */
  get since(): number {
    return this.changedAt;
  }

  get openings(): number {
    return this.opened;
  }

  noteOpening({ reason, failures, probeInMs }: Opening): void {
    if (this.isDown) return;
    this.begin();
    this.logger.error(
      { dependency: this.dependency, reason, failures, probe_in_ms: probeInMs },
      'Circuit breaker opened',
    );
  }

  noteHold(actor: string): void {
    if (!this.isDown) this.begin();
    this.logger.warn({ dependency: this.dependency, actor }, 'Circuit breaker held open');
  }

  noteReset(actor: string): void {
    this.logger.log({ dependency: this.dependency, actor }, 'Circuit breaker reset');
  }

  /** @param actor who closed it; left out where a probe did */
  noteClosing(actor?: string): void {
    const downMs = Date.now() - this.changedAt;
    this.isDown = false;
    this.changedAt = Date.now();
    this.logger.log(
      { dependency: this.dependency, actor, down_ms: downMs },
      'Circuit breaker closed',
    );
  }

  noteFailedProbe(error: unknown): void {
    this.logger.debug({ dependency: this.dependency, err: error }, 'Probe failed');
  }

  private begin(): void {
    this.isDown = true;
    this.changedAt = Date.now();
    this.opened += 1;
  }
}
