import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RedisConfig } from '@push/config';
import { Redis } from 'ioredis';
import { RedisConnection } from './redis-connection';
import { watcherOptions } from './redis-options';

const SWITCHED = '+switch-master';

/**
 * Leaves the old primary as soon as a sentinel announces the new one. A primary that is still alive then goes on taking
 * writes, which are lost, until the sentinels make it a replica: ten seconds, seen with 7.0. ioredis has such a watch
 * too (`failoverDetector`), but what is announced while it dials ends its client for good (5.11).
 */
@Injectable()
export class FailoverWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly watchers: Redis[] = [];
  /** Announced while we were dialling, perhaps the old one. */
  private unheeded?: string;

  constructor(
    private readonly connection: RedisConnection,
    private readonly config: RedisConfig,
  ) {}

  onModuleInit(): void {
    this.watchers.push(...watcherOptions(this.config).map((options) => this.watch(options)));
    if (this.watchers.length === 0) return;
    this.connection.client.on('ready', () => {
      const primary = this.unheeded;
      this.unheeded = undefined;
      if (primary !== undefined) this.follow(primary);
    });
  }

  onApplicationShutdown(): void {
    for (const watcher of this.watchers) watcher.disconnect();
  }

  private watch(options: ReturnType<typeof watcherOptions>[number]): Redis {
    const watcher = new Redis(options);
    watcher.on('error', () => undefined); // a sentinel that is away: the others speak for it
    watcher.on('ready', () => void watcher.subscribe(SWITCHED).catch(() => undefined));
    watcher.on('message', (_channel, announcement: string) => {
      const [masterName, , , host, port] = announcement.split(' ');
      if (masterName === this.config.sentinels?.masterName) this.follow(`${host}:${port}`);
    });
    return watcher;
  }

  /** Dials again, unless we are there: every sentinel announces it, each when it hears of it. */
  private follow(primary: string): void {
    if (!this.connection.connected) this.unheeded = primary;
    else if (this.connection.remote !== primary) this.connection.redial();
  }
}
