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

  constructor(
    private readonly redis: RedisConnection,
    private readonly config: IdempotencyConfig,
  ) {
    const { leaseMs } = config;
    const ttlMs = config.ttlSeconds * 1000;
    const keepMs = Math.max(ttlMs, KEEP_LEASES * leaseMs);
    this.commands = defineClaimCommands(redis.client, { leaseMs, keepMs, ttlMs });
  }

  take({ requestId, key, owner }: ClaimIdentity): Promise<ClaimReply> {
    return this.run(requestId, key, () => this.commands.claimTake(key, owner, requestId));
  }

  /**
   * Renews the lease, and records devices.
   * @param records fingerprints and JSON; asked for only as the command is sent, so that a try while Redis is away costs nothing
   * @returns false when it is another's
   */
  hold(
    { requestId, key, owner }: ClaimIdentity,
    records: () => [fingerprint: string, json: string][],
  ): Promise<boolean> {
    return this.run(requestId, key, () =>
      this.commands.claimHold(key, owner, requestId, ...records().flat()),
    ).then(isYes);
  }

  /**
   * Records how the request ends, all else still to follow.
   * @param leaseMs of the holder from now on; 0 gives the claim back
   * @returns false when it is another's
   */
  decide(
    { requestId, key, owner }: ClaimIdentity,
    result: string,
    leaseMs = this.config.leaseMs,
  ): Promise<boolean> {
    return this.run(requestId, key, () =>
      this.commands.claimDecide(key, owner, requestId, result, leaseMs),
    ).then(isYes);
  }

  /** @returns false when it is another's */
  finish({ requestId, key, owner }: ClaimIdentity, result: string): Promise<boolean> {
    return this.run(requestId, key, () =>
      this.commands.claimFinish(key, owner, requestId, result),
    ).then(isYes);
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

  private run<T>(
    requestId: string,
    key: string,
    command: (client: RedisClient) => Promise<T>,
  ): Promise<T> {
    return this.redis.run(command).catch((error: unknown) => {
      if (error instanceof RedisCommandError)
        throw new ClaimUnusableError(requestId, key, error.reason, { cause: error });
      if (!(error instanceof RedisUnavailableError)) throw error;
      throw new ClaimStoreUnavailableError(error.message, { cause: error });
    });
  }
}

function isYes(answer: 0 | 1): boolean {
  return answer === 1;
}
