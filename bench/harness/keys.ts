import { Redis } from 'ioredis';

/** Keys looked at in one step of a scan. */
const STEP = 2000;

/** The bench's own connection to Redis, which clears away what contenders leave there. */
export class Keys {
  private constructor(
    private readonly redis: Redis,
    readonly version: string,
  ) {}

  static async connect(url: string): Promise<Keys> {
    const redis = new Redis(url, { lazyConnect: true });
    redis.on('error', (error: Error) => console.error(`Redis: ${error.message}`));
    await redis.connect();
    const info = await redis.info('server');
    return new Keys(redis, /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown');
  }

  /** Removes every key of a namespace, a step at a time: others may work on the same server. */
  async remove(namespace: string): Promise<void> {
    let cursor = '0';
    do {
      const [next, keys] = await this.redis.scan(cursor, 'MATCH', `${namespace}*`, 'COUNT', STEP);
      if (keys.length > 0) await this.redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  }

  close(): void {
    this.redis.disconnect();
  }
}
