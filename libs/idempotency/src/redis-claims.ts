import { hash } from 'node:crypto';
import type { IdempotencyConfig } from '@push/config';
import {
  RedisCommandError,
  RedisUnavailableError,
  type RedisClient,
  type RedisConnection,
} from '@push/redis';
import {
  defineClaimCommands,
  type ClaimCommands,
  type ClaimReply,
  type PeekReply,
} from './claim-scripts';
import { ClaimStoreUnavailableError, ClaimUnusableError } from './idempotency.errors';

/** Leases that a hash outlives while nobody finishes its request. */
const KEEP_LEASES = 10;

/** Identity of one taking of one request: the holder's token is checked at every move. */
export interface ClaimIdentity {
  requestId: string;
  /** Full name of the request's key. */
  key: string;
  owner: string;
}

/** The moves of a claim as calls: key names, times and errors translated. Every one may throw as `ClaimStore.claim`. */
export class RedisClaims {
  private readonly commands: ClaimCommands;
  private readonly ttlMs: number;
  private readonly keepMs: number;

  constructor(
    private readonly redis: RedisConnection,
    private readonly config: IdempotencyConfig,
  ) {
    this.commands = defineClaimCommands(redis.client);
    this.ttlMs = config.ttlSeconds * 1000;
    this.keepMs = Math.max(this.ttlMs, KEEP_LEASES * config.leaseMs);
  }

  take({ requestId, key, owner }: ClaimIdentity): Promise<ClaimReply> {
    const { leaseMs } = this.config;
    return this.run(requestId, key, () =>
      this.commands.claimTake(key, owner, requestId, leaseMs, this.keepMs),
    );
  }

  /**
   * Renews the lease, and records devices.
   * @param records fingerprints and JSON; asked for only as the command is sent, so that a try while Redis is away costs nothing
   * @returns false when it is another's
   */
  async hold(
    { requestId, key, owner }: ClaimIdentity,
    records: () => [fingerprint: string, json: string][],
  ): Promise<boolean> {
    const { leaseMs } = this.config;
    const answer = await this.run(requestId, key, () =>
      this.commands.claimHold(key, owner, requestId, leaseMs, this.keepMs, ...records().flat()),
    );
    return answer === 1;
  }

  /**
   * Records how the request ends, all else still to follow.
   * @param leaseMs of the holder from now on; 0 gives the claim back
   * @returns false when it is another's
   */
  async decide(
    { requestId, key, owner }: ClaimIdentity,
    result: string,
    leaseMs = this.config.leaseMs,
  ): Promise<boolean> {
    const answer = await this.run(requestId, key, () =>
      this.commands.claimDecide(key, owner, requestId, result, leaseMs, this.keepMs),
    );
    return answer === 1;
  }

  /** @returns false when it is another's */
  async finish({ requestId, key, owner }: ClaimIdentity, result: string): Promise<boolean> {
    const answer = await this.run(requestId, key, () =>
      this.commands.claimFinish(key, owner, requestId, result, this.ttlMs),
    );
    return answer === 1;
  }

  async release(
    { requestId, key, owner }: ClaimIdentity,
    records: ReadonlyMap<string, string>,
  ): Promise<void> {
    await this.run(requestId, key, () =>
      this.commands.claimRelease(key, owner, ...[...records].flat()),
    );
  }

  peek(requestId: string): Promise<PeekReply> {
    const key = this.key(requestId);
    return this.run(requestId, key, () => this.commands.claimPeek(key));
  }

  /** @param version undefined: whatever there is, be it no claim at all */
  async forget(requestId: string, version?: string): Promise<boolean> {
    const key = this.key(requestId);
    const answer = await this.run(requestId, key, (client) =>
      version === undefined ? client.del(key) : this.commands.claimForget(key, version),
    );
    return answer === 1;
  }

  /** Request ids are any text of any sender: a digest bounds the key. `printf %s <id> | sha256sum` finds it. */
  key(requestId: string): string {
    return this.redis.key(`claim:${hash('sha256', requestId).slice(0, 32)}`);
  }

  private async run<T>(
    requestId: string,
    key: string,
    command: (client: RedisClient) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.redis.run(command);
    } catch (error) {
      if (error instanceof RedisCommandError)
        throw new ClaimUnusableError(requestId, key, error.reason, { cause: error });
      if (!(error instanceof RedisUnavailableError)) throw error;
      throw new ClaimStoreUnavailableError(error.message, { cause: error });
    }
  }
}
