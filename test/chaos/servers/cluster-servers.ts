import { join } from 'node:path';
import { connect, type ChannelModel } from 'amqplib';
import type { Redis } from 'ioredis';
import type { QueueState } from './own-rabbitmq';
import { RabbitmqCluster } from './rabbitmq-cluster';
import { RedisCluster } from './redis-cluster';
import type { Servers } from './servers';

/** Three RabbitMQ nodes in one cluster, and a Redis Cluster of three nodes that both apps share. */
export class ClusterServers implements Servers {
  private constructor(
    readonly rabbitmq: RabbitmqCluster,
    readonly redis: RedisCluster,
  ) {}

  /** @param dir folder for all their data and logs */
  static async create(dir: string): Promise<ClusterServers> {
    return new ClusterServers(
      await RabbitmqCluster.create(join(dir, 'rabbitmq')),
      await RedisCluster.create(join(dir, 'redis')),
    );
  }

  get rabbitmqUrl(): string {
    return this.rabbitmq.urls.join(',');
  }

  get redisUrl(): string {
    return this.redis.urls.join(',');
  }

  get gatewayRedisUrl(): string {
    return this.redisUrl;
  }

  async start(): Promise<void> {
    await Promise.all([this.rabbitmq.start(), this.redis.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.rabbitmq.stop(), this.redis.stop()]);
  }

  async connect(): Promise<ChannelModel> {
    const [first, ...others] = this.rabbitmq.urls;
    let attempt = connect(first ?? '');
    for (const url of others) attempt = attempt.catch(() => connect(url));
    return attempt;
  }

  queues(): Promise<QueueState[]> {
    const [first] = this.rabbitmq.nodes;
    return first?.queues() ?? Promise.resolve([]);
  }

  stores(): Redis[] {
    return this.redis.nodes.map(({ admin }) => admin);
  }

  allStores(): Redis[] {
    return this.stores();
  }
}
