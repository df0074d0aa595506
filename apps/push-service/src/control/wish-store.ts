import { Injectable } from '@nestjs/common';
import { RedisConnection } from '@push/redis';

/** What is kept of the wishes: texts by the names of their fields. */
export type KeptWishes = Readonly<Record<string, string>>;

/**
 * The operators' wishes in Redis, one small hash for all instances. Goes past Redis's breaker, as that may be what an
 * operator holds open. Each method throws as {@link RedisConnection.runUnguarded}.
 */
@Injectable()
export class WishStore {
  private readonly key: string;

  constructor(private readonly redis: RedisConnection) {
    this.key = redis.key('control:wishes');
  }

  read(): Promise<KeptWishes> {
    return this.redis.runUnguarded((client) => client.hgetall(this.key));
  }

  async write(field: string, text: string): Promise<void> {
    await this.redis.runUnguarded((client) => client.hset(this.key, field, text));
  }

  /** Writes what Redis has forgotten; what another instance has written meanwhile stays. */
  async restore(forgotten: KeptWishes): Promise<void> {
    await this.redis.runUnguarded((client) =>
      Promise.all(
        Object.entries(forgotten).map(([field, text]) => client.hsetnx(this.key, field, text)),
      ),
    );
  }
}
