import { Logger } from '@nestjs/common';

/** A claim as far as its lease goes. */
export interface KeptLease {
  readonly requestId: string;
  /** On the clock of `performance.now()`. */
  readonly renewedAt: number;
  renew(): Promise<void>;
  /** Writes the release. */
  writeRelease(): Promise<void>;
}

/** Leases after which a claim that nobody finishes, or that cannot be released, is left to run out. */
const MAX_LEASES = 30;

/**
 * Renews the leases of all claims of this process with one timer, and releases those that could not be released at once.
 * A lease younger than a third of its time is left alone, so short work costs no renewal.
 */
export class LeaseKeeper {
  private readonly logger = new Logger(LeaseKeeper.name);
  /** With the time since when it is held, on the clock of `performance.now()`. */
  private readonly held = new Map<KeptLease, number>();
  private readonly unreleased = new Set<KeptLease>();
  private readonly timer: NodeJS.Timeout;
  private running = false;

  constructor(private readonly leaseMs: number) {
    this.timer = setInterval(() => void this.run(), Math.max(leaseMs / 6, 10));
    this.timer.unref();
  }

  keep(lease: KeptLease): void {
    this.held.set(lease, performance.now());
  }

  drop(lease: KeptLease): void {
    this.held.delete(lease);
  }

  /** Tries until it succeeds: even after the lease ran out there may be records to save. */
  releaseLater(lease: KeptLease): void {
    this.unreleased.add(lease);
  }

  /** Renews and releases what is due. The store counts errors; the next run tries again. */
  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    const now = performance.now();
    const work: Promise<void>[] = [];
    for (const lease of this.unreleased) work.push(this.release(lease, now));
    for (const [lease, heldSince] of this.held) {
      if (now - lease.renewedAt >= this.leaseMs / 3) work.push(this.renew(lease, now - heldSince));
    }
    await Promise.allSettled(work);
    this.running = false;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async renew(lease: KeptLease, heldMs: number): Promise<void> {
    if (heldMs < MAX_LEASES * this.leaseMs) return lease.renew();
    this.drop(lease);
    this.logger.warn(
      { request_id: lease.requestId, held_ms: Math.round(heldMs) },
      'A claim was neither finished nor released; its lease is left to run out',
    );
  }

  private async release(lease: KeptLease, now: number): Promise<void> {
    if (now - lease.renewedAt < MAX_LEASES * this.leaseMs) await lease.writeRelease();
    this.unreleased.delete(lease);
  }
}
