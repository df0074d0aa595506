import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { IdempotencyConfig } from '@push/config';
import { RedisConnection, RedisUnavailableError } from '@push/redis';
import type { ClaimReply } from './claim-scripts';
import { ClaimStore, type ClaimAnswer, type ClaimView, type DeviceRecords } from './claim-store';
import { LeaseKeeper } from './lease-keeper';
import { RedisClaim, type Inheritance } from './redis-claim';
import { RedisClaims, type ClaimIdentity } from './redis-claims';
import { fromStored } from './stored-json';

const NOTHING: Inheritance = { devices: new Map(), takenOver: false, takeOvers: 0 };

/** Claims kept in Redis, shared by all workers: one round trip to claim and one to finish. */
@Injectable()
export class RedisClaimStore extends ClaimStore implements OnApplicationShutdown {
  private readonly claims: RedisClaims;
  private readonly keeper: LeaseKeeper;
  private readonly workerToken = randomBytes(8).toString('hex');
  private readonly stopListening: () => void;
  private taken = 0;

  constructor(redis: RedisConnection, config: IdempotencyConfig) {
    super();
    this.claims = new RedisClaims(redis, config);
    this.keeper = new LeaseKeeper(config.leaseMs);
    // Before the messages of an outage come back: what could not be released then would hold them up.
    this.stopListening = redis.dependency.onChange(({ available }) => {
      if (available) void this.keeper.work();
    });
  }

  async claim(requestId: string): Promise<ClaimAnswer> {
    const identity = { requestId, key: this.claims.key(requestId), owner: this.nextOwner() };
    const reply = await this.take(identity);
    switch (reply[0]) {
      case 'done':
        return { state: 'done', result: fromStored(reply[1]) };
      case 'held':
        return { state: 'held', remainingMs: reply[1] };
      case 'decided': {
        const [, takenOver, takeOvers, decided] = reply;
        const inherited = { ...NOTHING, takenOver: takenOver === 1, takeOvers, decided };
        const claim = this.keep(identity, inherited);
        return { state: 'decided', result: fromStored(decided), claim };
      }
      case 'claimed': {
        const [, takenOver, takeOvers, records] = reply;
        const devices = readDevices(records);
        const claim = this.keep(identity, { devices, takenOver: takenOver === 1, takeOvers });
        return { state: 'claimed', claim };
      }
      default:
        return reply satisfies never;
    }
  }

  async peek(requestId: string): Promise<ClaimView> {
    const [state, remainingMs, takeOvers, result, records, version] =
      await this.claims.peek(requestId);
    if (state === 'unknown') return { state };
    if (state === 'done') return { state, version, result: fromStored(result ?? 'null') };
    const unfinished = {
      version,
      takeOvers,
      devices: readDevices(records),
      ...(state === 'decided' && { decided: fromStored(result ?? 'null') }),
    };
    return remainingMs > 0
      ? { state: 'held', remainingMs, ...unfinished }
      : { state: 'open', ...unfinished };
  }

  forget(requestId: string, version?: string): Promise<boolean> {
    return this.claims.forget(requestId, version);
  }

  onApplicationShutdown(): void {
    this.stopListening();
    this.keeper.stop();
  }

  private take(identity: ClaimIdentity): Promise<ClaimReply> {
    return this.claims.take(identity).catch((error: unknown) => {
      const { cause } = error as Error;
      // Redis may have given the claim to a caller that no longer waits for it.
      if (cause instanceof RedisUnavailableError && cause.outcomeUnknown) {
        this.keeper.giveBackLater(this.toClaim(identity, NOTHING));
      }
      throw error;
    });
  }

  private keep(identity: ClaimIdentity, inheritance: Inheritance): RedisClaim {
    const claim = this.toClaim(identity, inheritance);
    this.keeper.keep(claim);
    return claim;
  }

  private toClaim(identity: ClaimIdentity, inheritance: Inheritance): RedisClaim {
    return new RedisClaim(this.claims, this.keeper, identity, inheritance);
  }

  private nextOwner(): string {
    this.taken += 1;
    return `${this.workerToken}-${this.taken.toString(36)}`;
  }
}

function readDevices(records: readonly [fingerprint: string, json: string][]): DeviceRecords {
  if (records.length === 0) return NOTHING.devices;
  return new Map(records.map(([fingerprint, json]) => [fingerprint, fromStored(json)]));
}
