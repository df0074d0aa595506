import {
  ClaimStore,
  decode,
  decodeRecords,
  encodeRecord,
  encodeResult,
  type Claim,
  type ClaimAnswer,
  type ClaimView,
  type DeviceRecords,
} from '../claim-store';
import { ClaimLostError, ClaimStoreUnavailableError } from '../idempotency.errors';
import type { PriorWork } from '../redis-claim';

export interface FakeClaimStoreOptions {
  /** @default 60000 */
  leaseMs?: number;
  /** @default 86400 */
  ttlSeconds?: number;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
}

/** A request as the fake store keeps it. */
interface Entry {
  state: 'processing' | 'released' | 'decided' | 'done';
  owner?: FakeClaim;
  leaseUntil: number;
  /** By fingerprint, as JSON. */
  devices: Map<string, string>;
  takeOvers: number;
  result: string;
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
    if (entry?.state === 'done') return { state: 'done', result: decode(entry.result) };
    if (entry?.state === 'processing' || entry?.state === 'decided') {
      if (entry.owner?.isRenewed()) entry.leaseUntil = now + this.leaseMs;
      const remainingMs = entry.leaseUntil - now;
      if (remainingMs > 0) return { state: 'held', remainingMs };
    }
    const takenOver = entry?.owner !== undefined;
    const takeOvers = (entry?.takeOvers ?? 0) + (takenOver ? 1 : 0);
    if (entry?.state === 'decided') {
      const prior = { devices: new Map(), takenOver, takeOvers, decided: entry.result };
      const claim = new FakeClaim(this, requestId, prior);
      Object.assign(entry, { owner: claim, leaseUntil: now + this.leaseMs, takeOvers });
      return { state: 'decided', result: decode(entry.result), claim };
    }
    const devices = decodeRecords(entry?.devices ?? []);
    const claim = new FakeClaim(this, requestId, { devices, takenOver, takeOvers });
    this.hold(claim, entry);
    return { state: 'claimed', claim };
  }

  async peek(requestId: string): Promise<ClaimView> {
    this.assertAvailable();
    const entry = this.entry(requestId);
    if (!entry) return { state: 'unknown' };
    const version = this.versionOf(entry);
    if (entry.state === 'done') return { state: 'done', version, result: decode(entry.result) };
    const unfinished = {
      version,
      takeOvers: entry.takeOvers,
      devices: decodeRecords(entry.devices),
      ...(entry.state === 'decided' && { decided: decode(entry.result) }),
    };
    const remainingMs = entry.leaseUntil - this.now();
    return remainingMs > 0
      ? { state: 'held', remainingMs, ...unfinished }
      : { state: 'open', ...unfinished };
  }

  async forget(requestId: string, version?: string): Promise<boolean> {
    this.assertAvailable();
    const entry = this.entry(requestId);
    if (version !== undefined && (!entry || this.versionOf(entry) !== version)) return false;
    return this.entries.delete(requestId);
  }

  /** The result a request was finished with; undefined while it is not. */
  resultOf(requestId: string): unknown {
    const entry = this.entry(requestId);
    return entry?.state === 'done' ? decode(entry.result) : undefined;
  }

  /** @internal Whether this worker still renews its leases. */
  get renews(): boolean {
    return !this.crashed && !this.unavailable;
  }

  /** @internal @throws {ClaimLostError} where another worker holds it; an entry that is gone is held by nobody */
  write(claim: FakeClaim, change: (entry: Entry) => void): void {
    this.assertAvailable();
    const entry = this.entry(claim.requestId);
    if (entry && entry.owner !== claim) throw new ClaimLostError(claim.requestId);
    change(this.hold(claim, entry));
  }

  /** @internal Epoch milliseconds. */
  rememberUntil(): number {
    return this.now() + (this.options.ttlSeconds ?? 86_400) * 1000;
  }

  private versionOf({ state, owner, leaseUntil, devices, result }: Entry): string {
    return [state, owner !== undefined, leaseUntil, devices.size, result].join(':');
  }

  private get leaseMs(): number {
    return this.options.leaseMs ?? 60_000;
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }

  private hold(owner: FakeClaim, entry: Entry | undefined): Entry {
    const held: Entry = {
      state: entry?.state === 'decided' ? 'decided' : 'processing',
      owner,
      leaseUntil: this.now() + this.leaseMs,
      devices: entry?.devices ?? new Map<string, string>(),
      takeOvers: owner.takeOvers,
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

/** A claim of the fake store. */
class FakeClaim implements Claim {
  readonly devices: DeviceRecords;
  readonly takenOver: boolean;
  readonly takeOvers: number;
  private over = false;
  private decided?: string;

  constructor(
    private readonly store: FakeClaimStore,
    readonly requestId: string,
    { devices, takenOver, takeOvers, decided }: PriorWork,
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
    this.store.write(this, (entry) => entry.devices.set(fingerprint, encodeRecord(record)));
  }

  async decide(result: unknown): Promise<void> {
    this.assertNotOver();
    const decided = encodeResult(result);
    this.store.write(this, (entry) => Object.assign(entry, { state: 'decided', result: decided }));
    this.decided = decided;
  }

  async finish(result: unknown): Promise<void> {
    this.assertNotOver();
    this.store.write(this, (entry) => {
      this.over = true;
      entry.state = 'done';
      entry.leaseUntil = this.store.rememberUntil();
      entry.result = encodeResult(result);
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
