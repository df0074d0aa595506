import { join } from 'node:path';
import { connect, type ChannelModel } from 'amqplib';
import type { Redis } from 'ioredis';
import { freePort } from '../../support/ports';
import { OwnRabbitmq, type QueueState } from './own-rabbitmq';
import { OwnRedis } from '../../support/own-redis';
import type { Servers } from './servers';

/** One RabbitMQ, one Redis for push-service, and one for the gateway, which belongs to another team. */
export class SingleServers implements Servers {
  private constructor(
    readonly rabbitmq: OwnRabbitmq,
    readonly redis: OwnRedis,
    readonly gatewayRedis: OwnRedis,
  ) {}

  /** @param dir folder for all their data and logs */
  static async create(dir: string): Promise<SingleServers> {
    const port = await freePort();
    const node = {
      port,
      distributionPort: await freePort(),
      nodeName: `chaos-${port}@localhost`,
    };
    return new SingleServers(
      new OwnRabbitmq(node, join(dir, 'rabbitmq')),
      new OwnRedis(await freePort(), join(dir, 'redis')),
      new OwnRedis(await freePort(), join(dir, 'gateway-redis')),
    );
  }

  get rabbitmqUrl(): string {
    return this.rabbitmq.url;
  }

  get redisUrl(): string {
    return this.redis.url;
  }

  get gatewayRedisUrl(): string {
    return this.gatewayRedis.url;
  }

  async start(): Promise<void> {
    await Promise.all([this.rabbitmq.start(), this.redis.start(), this.gatewayRedis.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.rabbitmq.stop(), this.redis.stop(), this.gatewayRedis.stop()]);
  }

  connect(): Promise<ChannelModel> {
    return connect(this.rabbitmq.url);
  }

  queues(): Promise<QueueState[]> {
    return this.rabbitmq.queues();
  }

  stores(): Redis[] {
    return [this.redis.admin];
  }

  allStores(): Redis[] {
    return [this.redis.admin, this.gatewayRedis.admin];
  }
}
