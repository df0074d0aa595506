import type { Claim, DeviceRecords } from '../claim-store';
import { ClaimLostError } from '../idempotency.errors';
import type { Inheritance } from '../redis-claim';
import { toStoredRecord, toStoredResult } from '../stored-json';

/** A request as the fake store keeps it. */
export interface Entry {
  state: 'processing' | 'released' | 'decided' | 'done';
  owner?: FakeClaim;
  leaseUntil: number;
  /** By fingerprint, as JSON. */
  devices: Map<string, string>;
  takeOvers: number;
  result: string;
}

/** What a claim asks of the store it is from. */
interface FakeClaimKeeper {
  /** Whether this worker still renews its leases. */
  readonly renews: boolean;
  /** @throws {ClaimLostError} when it is another's; one that is gone is nobody's, so it may go on */
  write(claim: FakeClaim, change: (entry: Entry) => void): void;
  /** Epoch milliseconds. */
  rememberUntil(): number;
}

/** A claim of the fake store. */
export class FakeClaim implements Claim {
  readonly devices: DeviceRecords;
  readonly takenOver: boolean;
  readonly takeOvers: number;
  private over = false;
  private decided?: string;

  constructor(
    private readonly keeper: FakeClaimKeeper,
    readonly requestId: string,
    { devices, takenOver, takeOvers, decided }: Inheritance,
  ) {
    this.devices = devices;
    this.takenOver = takenOver;
    this.takeOvers = takeOvers;
    this.decided = decided;
  }

  isRenewed(): boolean {
    return !this.over && this.keeper.renews;
  }

  async recordDevice(fingerprint: string, record: unknown): Promise<void> {
    this.assertNotOver();
    this.keeper.write(this, (entry) => entry.devices.set(fingerprint, toStoredRecord(record)));
  }

  async decide(result: unknown): Promise<void> {
    this.assertNotOver();
    const decided = toStoredResult(result);
    this.keeper.write(this, (entry) => Object.assign(entry, { state: 'decided', result: decided }));
    this.decided = decided;
  }

  async finish(result: unknown): Promise<void> {
    this.assertNotOver();
    this.keeper.write(this, (entry) => {
      this.over = true;
      entry.state = 'done';
      entry.leaseUntil = this.keeper.rememberUntil();
      entry.result = toStoredResult(result);
    });
  }

  async release(): Promise<void> {
    if (this.over) return;
    this.over = true;
    try {
      this.keeper.write(this, (entry) => {
        entry.state = this.decided === undefined ? 'released' : 'decided';
        entry.result = this.decided ?? entry.result;
        entry.leaseUntil = 0;
        entry.owner = undefined;
      });
    } catch (error) {
      if (!(error instanceof ClaimLostError)) throw error;
    }
  }

  private assertNotOver(): void {
    if (this.over) throw new ClaimLostError(this.requestId);
  }
}
