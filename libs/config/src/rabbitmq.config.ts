import { environment } from './environment';
import { namespace, text, urls } from './variables';

/** Where the broker is and what the exchange and the queues are called. */
export class RabbitmqConfig extends environment({
  RABBITMQ_URL: urls('amqp://guest:guest@127.0.0.1:5672', ['amqp:', 'amqps:']),
  QUEUE_NAMESPACE: namespace(),
  NOTIFICATIONS_EXCHANGE: text('notifications.direct'),
  PUSH_QUEUE: text('push.queue'),
  FAILED_QUEUE: text('failed.queue'),
  STATUS_QUEUE: text('push.status.queue'),
  DELAY_QUEUE_PREFIX: text('push.delay'),
}) {
  /** Nodes of one cluster, tried in turn. */
  readonly urls = this.env.RABBITMQ_URL;
  /** Prefix of every queue and exchange name. @default '' */
  readonly namespace = this.env.QUEUE_NAMESPACE;
  readonly exchange = this.env.QUEUE_NAMESPACE + this.env.NOTIFICATIONS_EXCHANGE;
  readonly pushQueue = this.env.QUEUE_NAMESPACE + this.env.PUSH_QUEUE;
  readonly failedQueue = this.env.QUEUE_NAMESPACE + this.env.FAILED_QUEUE;
  readonly statusQueue = this.env.QUEUE_NAMESPACE + this.env.STATUS_QUEUE;
  readonly delayQueuePrefix = this.env.QUEUE_NAMESPACE + this.env.DELAY_QUEUE_PREFIX;
}
