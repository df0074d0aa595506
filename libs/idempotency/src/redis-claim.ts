import type { Place } from '@push/resilience';
import type { Claim, DeviceRecords } from './claim-store';
import { ClaimLostError } from './idempotency.errors';
import type { KeptLease, LeaseKeeper } from './lease-keeper';
import type { ClaimIdentity, RedisClaims } from './redis-claims';
import { toStoredRecord, toStoredResult } from './stored-json';

/** What an earlier holder left. */
export interface Inheritance {
  devices: DeviceRecords;
  takenOver: boolean;
  takeOvers: number;
  /** The end it has decided on, as JSON. */
  decided?: string;
}

/** A claim in Redis, held until it is finished, released or lost. */
export class RedisClaim implements Claim, KeptLease {
  readonly requestId: string;
  readonly devices: DeviceRecords;
  readonly takenOver: boolean;
  readonly takeOvers: number;
  /** When the lease was last known to run, on the clock of `performance.now()`. */
  renewedAt = performance.now();
  heldSince?: number;
  place?: Place<KeptLease>;
  private mine = true;
  /** Records that are not in Redis yet, by fingerprint, as JSON. */
  private readonly unsaved = new Map<string, string>();
  /** The end that is decided on, as JSON: from then on there is nothing else to write. */
  private decided?: string;
  /** The write under way, until nothing is unsaved. */
  private writing?: Promise<void>;

  constructor(
    private readonly claims: RedisClaims,
    private readonly keeper: LeaseKeeper,
    private readonly identity: ClaimIdentity,
    { devices, takenOver, takeOvers, decided }: Inheritance,
  ) {
    this.requestId = identity.requestId;
    this.devices = devices;
    this.takenOver = takenOver;
    this.takeOvers = takeOvers;
    this.decided = decided;
  }

  async recordDevice(fingerprint: string, record: unknown): Promise<void> {
    this.assertMine();
    this.unsaved.set(fingerprint, toStoredRecord(record));
    await this.renew();
    this.assertMine();
  }

  async decide(result: unknown): Promise<void> {
    this.assertMine();
    const decided = toStoredResult(result);
    const startedAt = performance.now();
    if (!(await this.claims.decide(this.identity, decided))) this.end();
    this.assertMine();
    this.decided = decided;
    this.renewedAt = startedAt;
  }

  async finish(result: unknown): Promise<void> {
    this.assertMine();
    const finished = await this.claims.finish(this.identity, toStoredResult(result));
    this.end();
    if (!finished) throw new ClaimLostError(this.requestId);
  }

  async release(): Promise<void> {
    if (!this.mine) return;
    this.end();
    try {
      await this.giveBack();
    } catch (error) {
      this.keeper.giveBackLater(this);
      throw error;
    }
  }

  /** Makes the lease run anew and writes what is unsaved. A claim that is another's by now becomes lost. */
  renew(): Promise<void> {
    return (this.writing ??= this.write());
  }

  /** Takes back what was claimed, whether or not Redis ever heard of it. */
  async giveBack(): Promise<void> {
    // Written anew, as Redis may have lost what it ends as, and a dead letter may say so already.
    if (this.decided !== undefined) await this.claims.decide(this.identity, this.decided, 0);
    else await this.claims.release(this.identity, this.unsaved);
  }

  /** One command at a time: what comes in meanwhile goes with the next, so that no record is sent twice. */
  private async write(): Promise<void> {
    try {
      await Promise.resolve(); // what is recorded at the same time goes with the first
      do {
        await this.writeOnce();
      } while (this.mine && this.decided === undefined && this.unsaved.size > 0);
    } finally {
      this.writing = undefined; // at once, so that nobody waits for a write that has left its record out
    }
  }

  private async writeOnce(): Promise<void> {
    const startedAt = performance.now();
    let sent: [fingerprint: string, json: string][] = [];
    const held =
      this.decided === undefined
        ? await this.claims.hold(this.identity, () => (sent = [...this.unsaved]))
        : await this.claims.decide(this.identity, this.decided);
    if (!held) {
      this.end();
      return;
    }
    this.renewedAt = startedAt;
    for (const [fingerprint, json] of sent) {
      if (this.unsaved.get(fingerprint) === json) this.unsaved.delete(fingerprint);
    }
  }

  private end(): void {
    this.mine = false;
    this.keeper.drop(this);
  }

  private assertMine(): void {
    if (!this.mine) throw new ClaimLostError(this.requestId);
  }
}
