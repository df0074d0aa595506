import { hash, randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { IdempotencyConfig } from '@push/config';
import { RedisConnection, RedisUnavailableError } from '@push/redis';
import { defineClaimCommands, type ClaimReply } from './claim-scripts';
import { ClaimStore, decode, decodeRecords, type ClaimAnswer, type ClaimView } from './claim-store';
import { LeaseKeeper } from './lease-keeper';
import { ClaimRunner, RedisClaim, type ClaimKey, type PriorWork } from './redis-claim';

/** Leases that a key outlives while nobody finishes its request. */
const KEEP_LEASES = 10;
const NO_PRIOR_WORK: PriorWork = { devices: new Map(), takenOver: false, takeOvers: 0 };

/** Claims in Redis, shared by all workers: one round trip to claim and one to finish. */
@Injectable()
export class RedisClaimStore extends ClaimStore implements OnApplicationShutdown {
  private readonly runner: ClaimRunner;
  private readonly keeper: LeaseKeeper;
  private readonly workerToken = randomBytes(8).toString('hex');
  private readonly stopListening: () => void;
  private claims = 0;

  constructor(
    private readonly redis: RedisConnection,
    { leaseMs, ttlSeconds }: IdempotencyConfig,
  ) {
    super();
    const ttlMs = ttlSeconds * 1000;
    const keepMs = Math.max(ttlMs, KEEP_LEASES * leaseMs);
    const client = defineClaimCommands(redis.client, { leaseMs, keepMs, ttlMs });
    this.runner = new ClaimRunner(redis, client, leaseMs);
    this.keeper = new LeaseKeeper(leaseMs);
    // Before the messages of an outage are redelivered: claims that could not be released would hold them up.
    this.stopListening = redis.dependency.onChange(({ available }) => {
      if (available) void this.keeper.run();
    });
  }

  async claim(requestId: string): Promise<ClaimAnswer> {
    const key = this.keyOf(requestId);
    this.claims += 1;
    const owner = `${this.workerToken}-${this.claims.toString(36)}`;
    const reply = await this.take(key, owner);
    switch (reply[0]) {
      case 'done':
        return { state: 'done', result: decode(reply[1]) };
      case 'held':
        return { state: 'held', remainingMs: reply[1] };
      case 'decided': {
        const [state, takenOver, takeOvers, decided] = reply;
        const prior = { ...NO_PRIOR_WORK, takenOver: takenOver === 1, takeOvers, decided };
        const claim = new RedisClaim(this.runner, this.keeper, key, owner, prior);
        this.keeper.keep(claim);
        return { state, result: decode(decided), claim };
      }
      case 'claimed': {
        const [state, takenOver, takeOvers, records] = reply;
        const devices = decodeRecords(records);
        const prior = { devices, takenOver: takenOver === 1, takeOvers };
        const claim = new RedisClaim(this.runner, this.keeper, key, owner, prior);
        this.keeper.keep(claim);
        return { state, claim };
      }
      default:
        return reply satisfies never;
    }
  }

  async peek(requestId: string): Promise<ClaimView> {
    const key = this.keyOf(requestId);
    const [state, remainingMs, takeOvers, result, records, version] = await this.runner.run(
      key,
      (client) => client.claimPeek(key.key),
    );
    if (state === 'unknown') return { state };
    if (state === 'done') return { state, version, result: decode(result ?? 'null') };
    const unfinished = {
      version,
      takeOvers,
      devices: decodeRecords(records),
      ...(state === 'decided' && { decided: decode(result ?? 'null') }),
    };
    return remainingMs > 0
      ? { state: 'held', remainingMs, ...unfinished }
      : { state: 'open', ...unfinished };
  }

  /** Without a version it forgets whatever is there, even if that is not a claim. */
  async forget(requestId: string, version?: string): Promise<boolean> {
    const key = this.keyOf(requestId);
    const deleted = await this.runner.run(key, (client) =>
      version === undefined ? client.del(key.key) : client.claimForget(key.key, version),
    );
    return deleted === 1;
  }

  onApplicationShutdown(): void {
    this.stopListening();
    this.keeper.stop();
  }

  private async take(key: ClaimKey, owner: string): Promise<ClaimReply> {
    try {
      return await this.runner.run(key, (client) =>
        client.claimTake(key.key, owner, key.requestId),
      );
    } catch (error) {
      const { cause } = error as Error;
      // Redis may have given the claim to a caller that no longer waits for it.
      if (cause instanceof RedisUnavailableError && cause.outcomeUnknown) {
        const claim = new RedisClaim(this.runner, this.keeper, key, owner, NO_PRIOR_WORK);
        this.keeper.releaseLater(claim);
      }
      throw error;
    }
  }

  /** Request ids are any text of any sender: a digest bounds the key. `printf %s <id> | sha256sum` finds it. */
  private keyOf(requestId: string): ClaimKey {
    const key = this.redis.key(`claim:${hash('sha256', requestId).slice(0, 32)}`);
    return { requestId, key };
  }
}
