import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { HEADERS, ROUTING_KEYS } from '@push/contracts';
import { QueueConsumer, type QueueSubscription } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { GuardedPublisher } from '../broker/guarded.publisher';
import { GatewayClient } from './gateway.client';
import { StatusConfig } from './status.config';
import { StatusRefusedError } from './status.errors';

/** Status events on their way to the gateway at a time. */
const IN_FLIGHT = 100;
const RETRY_EVERY_MS = 500;
/** RabbitMQ closes the channel of a message held for 30 minutes; well before that it goes to the queue's end. */
const HOLD_AT_MOST_MS = 600_000;

/** Carries status events from their queue to the gateway, for as long as the gateway may be down. */
@Injectable()
export class StatusRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(StatusRelay.name);
  private readonly stopping = new AbortController();
  private consumer?: QueueSubscription;

  constructor(
    private readonly config: StatusConfig,
    private readonly rabbitmq: RabbitmqConfig,
    private readonly queue: QueueConsumer,
    private readonly publisher: GuardedPublisher,
    private readonly client: GatewayClient,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.callbackUrl === undefined) {
      this.logger.log('STATUS_CALLBACK_URL is empty: status events stay on the exchange');
      return;
    }
    this.consumer = this.queue.consume(
      this.rabbitmq.statusQueue,
      { prefetch: IN_FLIGHT },
      (message) => this.relay(message),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.consumer?.stop();
  }

  /** Resolves when the event is in safe hands; rejects when it should go back to the queue. */
  private async relay({ content, properties }: ConsumeMessage): Promise<void> {
    const correlationId = correlationIdOf(properties);
    const giveUpAt = Date.now() + HOLD_AT_MOST_MS;
    for (;;) {
      try {
        await this.client.post(content, correlationId);
        return;
      } catch (error) {
        if (error instanceof StatusRefusedError) return this.bury(content, error);
        if (this.stopping.signal.aborted) throw error;
        if (Date.now() > giveUpAt)
          return this.publisher.publish(ROUTING_KEYS.status, content, { correlationId });
        await sleep(RETRY_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  private async bury(content: Buffer, error: StatusRefusedError): Promise<void> {
    this.logger.error(
      { err: error },
      'The gateway refused a status; kept in the dead-letter queue',
    );
    await this.publisher.publish(ROUTING_KEYS.failed, {
      request_id: null,
      error: error.message,
      error_code: 'status_refused',
      failed_at: new Date().toISOString(),
      attempts: 1,
      service: 'push-service',
      original_message: null,
      original_body: content.toString('base64'),
    });
  }
}

function correlationIdOf(properties: ConsumeMessage['properties']): string | undefined {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const candidate: unknown = headers[HEADERS.correlationId] ?? properties.correlationId;
  return typeof candidate === 'string' ? candidate : undefined;
}
