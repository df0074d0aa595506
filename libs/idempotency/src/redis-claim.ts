import { RedisCommandError, RedisUnavailableError, type RedisConnection } from '@push/redis';
import type { ClaimClient } from './claim-scripts';
import { encodeRecord, encodeResult, type Claim, type DeviceRecords } from './claim-store';
import {
  ClaimLostError,
  ClaimStoreUnavailableError,
  ClaimUnusableError,
} from './idempotency.errors';
import type { KeptLease, LeaseKeeper } from './lease-keeper';

/** A request and its key in Redis. */
export interface ClaimKey {
  requestId: string;
  /** Full name of the key. */
  key: string;
}

/** Runs the claim scripts through the breaker of Redis, and translates its errors. */
export class ClaimRunner {
  constructor(
    private readonly redis: RedisConnection,
    private readonly client: ClaimClient,
    readonly leaseMs: number,
  ) {}

  /** Throws as `ClaimStore.claim`. */
  async run<T>(
    { requestId, key }: ClaimKey,
    command: (client: ClaimClient) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.redis.run(() => command(this.client));
    } catch (error) {
      if (error instanceof RedisCommandError) {
        throw new ClaimUnusableError(requestId, key, error.reason, { cause: error });
      }
      if (!(error instanceof RedisUnavailableError)) throw error;
      throw new ClaimStoreUnavailableError(error.message, { cause: error });
    }
  }
}

/** What earlier holders left behind. */
export interface PriorWork {
  devices: DeviceRecords;
  takenOver: boolean;
  takeOvers: number;
  /** The decided result, as JSON. */
  decided?: string;
}

/** A claim in Redis, held until it is finished, released or lost. */
export class RedisClaim implements Claim, KeptLease {
  readonly requestId: string;
  readonly key: string;
  readonly devices: DeviceRecords;
  readonly takenOver: boolean;
  readonly takeOvers: number;
  renewedAt = performance.now();
  private held = true;
  /** Records that are not in Redis yet, by fingerprint, as JSON. */
  private readonly unsaved = new Map<string, string>();
  /** The decided result, as JSON: from then on there is nothing else to write. */
  private decided?: string;
  /** The write in flight, until nothing is unsaved. */
  private writing?: Promise<void>;

  /** @param owner token of this holder, which Redis checks at every write */
  constructor(
    private readonly runner: ClaimRunner,
    private readonly keeper: LeaseKeeper,
    { requestId, key }: ClaimKey,
    private readonly owner: string,
    { devices, takenOver, takeOvers, decided }: PriorWork,
  ) {
    this.requestId = requestId;
    this.key = key;
    this.devices = devices;
    this.takenOver = takenOver;
    this.takeOvers = takeOvers;
    this.decided = decided;
  }

  async recordDevice(fingerprint: string, record: unknown): Promise<void> {
    this.assertHeld();
    this.unsaved.set(fingerprint, encodeRecord(record));
    await this.renew();
    this.assertHeld();
  }

  async decide(result: unknown): Promise<void> {
    this.assertHeld();
    const decided = encodeResult(result);
    const startedAt = performance.now();
    if (!(await this.writeDecision(decided, this.runner.leaseMs))) this.end();
    this.assertHeld();
    this.decided = decided;
    this.renewedAt = startedAt;
  }

  async finish(result: unknown): Promise<void> {
    this.assertHeld();
    const json = encodeResult(result);
    const finished = await this.runner.run(this, (client) =>
      client.claimFinish(this.key, this.owner, this.requestId, json),
    );
    this.end();
    if (!finished) throw new ClaimLostError(this.requestId);
  }

  async release(): Promise<void> {
    if (!this.held) return;
    this.end();
    try {
      await this.writeRelease();
    } catch (error) {
      this.keeper.releaseLater(this);
      throw error;
    }
  }

  /** Renews the lease and writes what is unsaved. A claim that another worker holds by now becomes lost. */
  renew(): Promise<void> {
    return (this.writing ??= this.write());
  }

  /** Releases what was claimed, whether or not Redis ever executed the claim. */
  async writeRelease(): Promise<void> {
    // A decision is written again: Redis may have lost it, and a dead letter may exist already.
    if (this.decided !== undefined) await this.writeDecision(this.decided, 0);
    else {
      await this.runner.run(this, (client) =>
        client.claimRelease(this.key, this.owner, ...[...this.unsaved].flat()),
      );
    }
  }

  /** One command at a time: records that arrive meanwhile go with the next, so that none is sent twice. */
  private async write(): Promise<void> {
    try {
      await Promise.resolve(); // records of the same turn go with the first command
      do {
        await this.writeOnce();
      } while (this.held && this.decided === undefined && this.unsaved.size > 0);
    } finally {
      this.writing = undefined; // at once, so that nobody waits for a write without its record
    }
  }

  private async writeOnce(): Promise<void> {
    const startedAt = performance.now();
    let sent: [fingerprint: string, json: string][] = [];
    const held =
      this.decided === undefined
        ? await this.runner.run(this, (client) => {
            sent = [...this.unsaved]; // only as the command is sent: while Redis is away it costs nothing
            return client.claimHold(this.key, this.owner, this.requestId, ...sent.flat());
          })
        : await this.writeDecision(this.decided, this.runner.leaseMs);
    if (!held) {
      this.end();
      return;
    }
    this.renewedAt = startedAt;
    for (const [fingerprint, json] of sent) {
      if (this.unsaved.get(fingerprint) === json) this.unsaved.delete(fingerprint);
    }
  }

  /**
   * @param leaseMs from now on; 0 releases the claim
   * @returns 0 where another worker holds it
   */
  private writeDecision(result: string, leaseMs: number): Promise<0 | 1> {
    return this.runner.run(this, (client) =>
      client.claimDecide(this.key, this.owner, this.requestId, result, leaseMs),
    );
  }

  private end(): void {
    this.held = false;
    this.keeper.drop(this);
  }

  private assertHeld(): void {
    if (!this.held) throw new ClaimLostError(this.requestId);
  }
}
