import { Logger } from '@nestjs/common';
import { Line, type InLine } from '@push/resilience';

/** A claim as far as its lease goes. */
export interface KeptLease extends InLine<KeptLease> {
  readonly requestId: string;
  readonly renewedAt: number;
  /** When the keeper took it, on the clock of `performance.now()`. */
  heldSince?: number;
  renew(): Promise<void>;
  giveBack(): Promise<void>;
}

/** Leases after which a claim that nobody finishes, or that cannot be given back, is left to run out. */
const MAX_LEASES = 30;

/**
 * Renews the leases of all claims of this process, with one timer, and gives those back that could not be given back
 * at once. Only work that lasts costs anything: a lease younger than a third of its time is left alone.
 */
export class LeaseKeeper {
  private readonly logger = new Logger(LeaseKeeper.name);
  private readonly held = new Line<KeptLease>();
  private readonly owed = new Set<KeptLease>();
  private readonly timer: NodeJS.Timeout;
  private working = false;

  constructor(private readonly leaseMs: number) {
    this.timer = setInterval(() => void this.work(), Math.max(leaseMs / 6, 10));
    this.timer.unref();
  }

  keep(lease: KeptLease): void {
    lease.heldSince = performance.now();
    this.held.add(lease);
  }

  drop(lease: KeptLease): void {
    this.held.delete(lease);
  }

  /** Tries until it succeeds: even after the lease ran out there may be records to save. */
  giveBackLater(lease: KeptLease): void {
    this.owed.add(lease);
  }

  /** Does what is due. Errors are the store's to count; the next round tries again. */
  async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    const now = performance.now();
    const due = [...this.held].filter((lease) => now - lease.renewedAt >= this.leaseMs / 3);
    await Promise.allSettled([
      ...[...this.owed].map((lease) => this.giveBack(lease, now)),
      ...due.map((lease) => this.renew(lease, now)),
    ]);
    this.working = false;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async renew(lease: KeptLease, now: number): Promise<void> {
    const heldMs = now - (lease.heldSince ?? now);
    if (heldMs < MAX_LEASES * this.leaseMs) return lease.renew();
    this.drop(lease);
    this.logger.warn(
      { request_id: lease.requestId, held_ms: Math.round(heldMs) },
      'A claim was neither finished nor released; its lease is left to run out',
    );
  }

  private async giveBack(lease: KeptLease, now: number): Promise<void> {
    if (now - lease.renewedAt < MAX_LEASES * this.leaseMs) await lease.giveBack();
    this.owed.delete(lease);
  }
}
