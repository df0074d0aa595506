import { createHash } from 'node:crypto';
import type { IdempotencyConfig } from '@push/config';
import { RedisUnavailableError, type RedisClient, type RedisConnection } from '@push/redis';
import { defineClaimCommands, type ClaimCommands, type ClaimReply } from './claim-scripts';
import { ClaimStoreUnavailableError } from './idempotency.errors';

/** Leases that a hash outlives while nobody finishes its request. */
const KEEP_LEASES = 10;

/** Identity of one taking of one request: the holder's token is checked at every move. */
export interface ClaimIdentity {
  requestId: string;
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

  take({ requestId, owner }: ClaimIdentity): Promise<ClaimReply> {
    const { leaseMs } = this.config;
    return this.run(() =>
      this.commands.claimTake(this.key(requestId), owner, requestId, leaseMs, this.keepMs),
    );
  }

  /** Renews the lease, and records devices (fingerprint and JSON). @returns false when it is another's */
  async hold(claim: ClaimIdentity, records: ReadonlyMap<string, string>): Promise<boolean> {
    const { requestId, owner } = claim;
    const { leaseMs } = this.config;
    const pairs = [...records].flat();
    const answer = await this.run(() =>
      this.commands.claimHold(
        this.key(requestId),
        owner,
        requestId,
        leaseMs,
        this.keepMs,
        ...pairs,
      ),
    );
    return answer === 1;
  }

  /** @returns false when it is another's */
  async finish({ requestId, owner }: ClaimIdentity, result: string): Promise<boolean> {
    const answer = await this.run(() =>
      this.commands.claimFinish(this.key(requestId), owner, requestId, result, this.ttlMs),
    );
    return answer === 1;
  }

  async release(claim: ClaimIdentity, records: ReadonlyMap<string, string>): Promise<void> {
    const key = this.key(claim.requestId);
    await this.run(() => this.commands.claimRelease(key, claim.owner, ...[...records].flat()));
  }

  async forget(requestId: string): Promise<boolean> {
    return (await this.run((client) => client.del(this.key(requestId)))) === 1;
  }

  /** Request ids are any text of any sender: a digest bounds the key. `printf %s <id> | sha256sum` finds it. */
  private key(requestId: string): string {
    return this.redis.key(
      `claim:${createHash('sha256').update(requestId).digest('hex').slice(0, 32)}`,
    );
  }

  private async run<T>(command: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await this.redis.run(command);
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
      throw new ClaimStoreUnavailableError(error.message, { cause: error });
    }
  }
}
