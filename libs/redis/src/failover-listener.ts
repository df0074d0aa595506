import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RedisConfig } from '@push/config';
import { Redis, type RedisOptions } from 'ioredis';
import { RedisConnection } from './redis-connection';
import { sentinelListenerOptions } from './redis-options';

const SWITCHED = '+switch-master';

/**
 * Leaves the old primary as soon as a sentinel announces the new one. An old primary that still runs goes on taking
 * writes, which are lost, until the sentinels make it a replica: ten seconds, seen with 7.0. ioredis has this too
 * (`failoverDetector`), but an announcement that arrives while it connects ends its client for good (5.11).
 */
@Injectable()
export class FailoverListener implements OnModuleInit, OnApplicationShutdown {
  private readonly sentinels: Redis[] = [];
  /** Announced while the connection was not ready, so that it may lead to the old primary. */
  private pending?: string;

  constructor(
    private readonly connection: RedisConnection,
    private readonly config: RedisConfig,
  ) {}

  onModuleInit(): void {
    this.sentinels.push(...sentinelListenerOptions(this.config).map((each) => this.listen(each)));
    if (this.sentinels.length === 0) return;
    this.connection.client.on('ready', () => {
      const primary = this.pending;
      this.pending = undefined;
      if (primary !== undefined) this.follow(primary);
    });
  }

  onApplicationShutdown(): void {
    for (const sentinel of this.sentinels) sentinel.disconnect();
  }

  private listen(options: RedisOptions): Redis {
    const sentinel = new Redis(options);
    sentinel.on('error', () => undefined); // the other sentinels announce the same
    sentinel.on('ready', () => void sentinel.subscribe(SWITCHED).catch(() => undefined));
    sentinel.on('message', (_channel, announcement: string) => {
      const [masterName, , , host, port] = announcement.split(' ');
      if (masterName === this.config.sentinels?.masterName) this.follow(`${host}:${port}`);
    });
    return sentinel;
  }

  /** Reconnects unless connected there already: every sentinel announces the failover. */
  private follow(primary: string): void {
    if (!this.connection.connected) this.pending = primary;
    else if (this.connection.remote !== primary) this.connection.reconnect();
  }
}
