import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, IdempotencyConfig, RedisConfig } from '@push/config';
import { ClaimStore, IdempotencyModule, type RedisClaimStore } from '@push/idempotency';
import { RedisConnection, RedisConnectionModule, type RedisClient } from '@push/redis';
import { ResilienceModule } from '@push/resilience';
import type { ClaimStoreHarness, Worker } from './claim-store.contract';

export interface RedisWorker extends Worker {
  redis: RedisConnection;
}

export interface RedisWorkersOptions {
  url: string;
  leaseMs?: number;
  ttlSeconds?: number;
  commandTimeoutMs?: number;
  breakerFailures?: number;
  breakerOpenMs?: number;
  /** More variables. */
  more?: Record<string, string>;
}

/** Worker processes in miniature: each an application of its own, with its own connection. */
export class RedisWorkers implements ClaimStoreHarness {
  readonly namespace = `test-${randomUUID()}:`;
  private readonly apps: TestingModule[] = [];

  constructor(private readonly options: RedisWorkersOptions) {
    Logger.overrideLogger(false);
  }

  async worker(): Promise<RedisWorker> {
    const { url, leaseMs, ttlSeconds, commandTimeoutMs, breakerFailures, breakerOpenMs, more } =
      this.options;
    const environment = {
      REDIS_URL: url,
      REDIS_NAMESPACE: this.namespace,
      REDIS_COMMAND_TIMEOUT_MS: text(commandTimeoutMs),
      IDEMPOTENCY_LEASE_MS: text(leaseMs),
      IDEMPOTENCY_TTL_SECONDS: text(ttlSeconds),
      BREAKER_FAILURES: text(breakerFailures),
      BREAKER_OPEN_MS: text(breakerOpenMs),
      ...more,
    };
    const app = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([RedisConfig, IdempotencyConfig, BreakerConfig], environment),
        ResilienceModule,
        IdempotencyModule,
        RedisConnectionModule,
      ],
    }).compile();
    app.useLogger(false);
    await app.init();
    this.apps.push(app);
    const store: RedisClaimStore = app.get(ClaimStore);
    return {
      store,
      redis: app.get(RedisConnection),
      crash: () => store.onApplicationShutdown(),
    };
  }

  /** Every key of these workers, on any node. */
  async keys(client: RedisClient): Promise<string[]> {
    const nodes = client.isCluster
      ? (client as { nodes(role: 'master'): RedisClient[] }).nodes('master')
      : [client];
    const found = await Promise.all(nodes.map((node) => node.keys(`${this.namespace}*`)));
    return found.flat();
  }

  /** Deletes the keys of these workers, where Redis can be reached, and stops them. */
  async close(): Promise<void> {
    const apps = this.apps.splice(0);
    const redis = apps[0]?.get(RedisConnection);
    try {
      if (redis?.connected) {
        for (const key of await this.keys(redis.client)) await redis.client.del(key);
      }
    } finally {
      await Promise.all(apps.map((app) => app.close()));
    }
  }
}

const text = (value: number | undefined): string | undefined => value?.toString();
