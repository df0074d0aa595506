import type { ChannelModel } from 'amqplib';
import type { Redis } from 'ioredis';
import type { QueueState } from './own-rabbitmq';

/** RabbitMQ and Redis of a scenario: single servers or clusters. */
export interface Servers {
  /** As RABBITMQ_URL takes it. */
  readonly rabbitmqUrl: string;
  /** As the REDIS_URL of push-service takes it. */
  readonly redisUrl: string;
  /** As the REDIS_URL of the gateway takes it. */
  readonly gatewayRedisUrl: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A connection to a node that answers. */
  connect(): Promise<ChannelModel>;
  queues(): Promise<QueueState[]>;
  /** Clients of all nodes that hold keys of push-service. */
  stores(): Redis[];
  /** Those and the gateway's. */
  allStores(): Redis[];
}
