import { ClaimStore, type Claim, type ClaimAnswer, type DeviceRecords } from '../claim-store';
import { ClaimLostError, ClaimStoreUnavailableError } from '../idempotency.errors';
import type { Inheritance } from '../redis-claim';
import { fromStored, toStoredRecord, toStoredResult } from '../stored-json';

interface Entry {
  state: 'processing' | 'released' | 'decided' | 'done';
  owner?: FakeClaim;
  leaseUntil: number;
  /** By fingerprint, as JSON. */
  devices: Map<string, string>;
  takeOvers: number;
  result: string;
}

export interface FakeClaimStoreOptions {
  /** @default 60000 */
  leaseMs?: number;
  /** @default 86400 */
  ttlSeconds?: number;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
}

/** Claims in memory, for tests of what uses a {@link ClaimStore}; passes the same contract as the one in Redis. */
export class FakeClaimStore extends ClaimStore {
  /** Set it to make every call throw `ClaimStoreUnavailableError`. */
  unavailable = false;
  private crashed = false;

  constructor(
    readonly options: FakeClaimStoreOptions = {},
    private readonly entries = new Map<string, Entry>(),
  ) {
    super();
  }

  /** Another worker on the same claims. */
  anotherWorker(): FakeClaimStore {
    return new FakeClaimStore(this.options, this.entries);
  }

  /** This worker stops renewing, as if its process had died. */
  crash(): void {
    this.crashed = true;
  }

  async claim(requestId: string): Promise<ClaimAnswer> {
    this.assertAvailable();
    const now = this.now();
    const entry = this.entry(requestId);
    if (entry?.state === 'done') return { state: 'done', result: fromStored(entry.result) };
    if (entry?.state === 'processing' || entry?.state === 'decided') {
      if (entry.owner?.isRenewed()) entry.leaseUntil = now + this.leaseMs;
      const remainingMs = entry.leaseUntil - now;
      if (remainingMs > 0) return { state: 'held', remainingMs };
    }
    const takenOver = entry?.owner !== undefined;
    const takeOvers = (entry?.takeOvers ?? 0) + (takenOver ? 1 : 0);
    if (entry?.state === 'decided') {
      const inheritance = { devices: new Map(), takenOver, takeOvers, decided: entry.result };
      const claim = new FakeClaim(this, requestId, inheritance);
      Object.assign(entry, { owner: claim, leaseUntil: now + this.leaseMs, takeOvers });
      return { state: 'decided', result: fromStored(entry.result), claim };
    }
    const devices = new Map(
      [...(entry?.devices ?? [])].map(([key, json]) => [key, fromStored(json)]),
    );
    const claim = new FakeClaim(this, requestId, { devices, takenOver, takeOvers });
    this.hold(claim, entry);
    return { state: 'claimed', claim };
  }

  async forget(requestId: string): Promise<boolean> {
    this.assertAvailable();
    return this.entries.delete(requestId);
  }

  /** The result a request was finished with; undefined while it is not. */
  resultOf(requestId: string): unknown {
    const entry = this.entry(requestId);
    return entry?.state === 'done' ? fromStored(entry.result) : undefined;
  }

  /** @internal */
  get renews(): boolean {
    return !this.crashed && !this.unavailable;
  }

  /** @internal @throws {ClaimLostError} when it is another's; one that is gone is nobody's, so it may go on */
  write(claim: FakeClaim, change: (entry: Entry) => void): void {
    this.assertAvailable();
    const entry = this.entry(claim.requestId);
    if (entry && entry.owner !== claim) throw new ClaimLostError(claim.requestId);
    change(this.hold(claim, entry));
  }

  /** @internal */
  rememberUntil(): number {
    return this.now() + (this.options.ttlSeconds ?? 86_400) * 1000;
  }

  private get leaseMs(): number {
    return this.options.leaseMs ?? 60_000;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private hold(owner: FakeClaim, entry: Entry | undefined): Entry {
    const devices = entry?.devices ?? new Map<string, string>();
    const leaseUntil = this.now() + this.leaseMs;
    const { takeOvers } = owner;
    const held: Entry = {
      state: entry?.state === 'decided' ? 'decided' : 'processing',
      owner,
      leaseUntil,
      devices,
      takeOvers,
      result: entry?.result ?? 'null',
    };
    this.entries.set(owner.requestId, held);
    return held;
  }

  private entry(requestId: string): Entry | undefined {
    const entry = this.entries.get(requestId);
    return entry?.state === 'done' && entry.leaseUntil <= this.now() ? undefined : entry;
  }

  private assertAvailable(): void {
    if (this.unavailable) throw new ClaimStoreUnavailableError('The test says so');
  }
}

class FakeClaim implements Claim {
  readonly devices: DeviceRecords;
  readonly takenOver: boolean;
  readonly takeOvers: number;
  private over = false;
  private decided?: string;

  constructor(
    private readonly store: FakeClaimStore,
    readonly requestId: string,
    { devices, takenOver, takeOvers, decided }: Inheritance,
  ) {
    this.devices = devices;
    this.takenOver = takenOver;
    this.takeOvers = takeOvers;
    this.decided = decided;
  }

  isRenewed(): boolean {
    return !this.over && this.store.renews;
  }

  async recordDevice(fingerprint: string, record: unknown): Promise<void> {
    this.assertNotOver();
    this.store.write(this, (entry) => entry.devices.set(fingerprint, toStoredRecord(record)));
  }

  async decide(result: unknown): Promise<void> {
    this.assertNotOver();
    const decided = toStoredResult(result);
    this.store.write(this, (entry) => Object.assign(entry, { state: 'decided', result: decided }));
    this.decided = decided;
  }

  async finish(result: unknown): Promise<void> {
    this.assertNotOver();
    this.store.write(this, (entry) => {
      this.over = true;
      entry.state = 'done';
      entry.leaseUntil = this.store.rememberUntil();
      entry.result = toStoredResult(result);
    });
  }

  async release(): Promise<void> {
    if (this.over) return;
    this.over = true;
    try {
      this.store.write(this, (entry) => {
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
