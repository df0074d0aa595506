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
import { StatusNotTakenError, StatusRefusedError } from './status.errors';
import { StatusMetrics, type StatusInHand } from './status.metrics';

/** Status events on their way to the gateway at a time. */
const IN_FLIGHT = 100;
const RETRY_EVERY_MS = 500;
/** RabbitMQ closes the channel of a message held for 30 minutes; well before that it goes to the queue's end. */
const HOLD_AT_MOST_MS = 600_000;

/** Error code of the dead letter of a status. */
const REFUSED = 'status_refused';

/** Carries status events from their queue to the gateway, for as long as the gateway may be down. */
@Injectable()
export class StatusRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(StatusRelay.name);
  private readonly stopping = new AbortController();
  private consumer?: QueueSubscription;

  constructor(
    private readonly rabbitmq: RabbitmqConfig,
    private readonly queue: QueueConsumer,
    private readonly publisher: GuardedPublisher,
    private readonly client: GatewayClient,
    private readonly metrics: StatusMetrics,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.client.hasGateway) {
      this.logger.log('STATUS_CALLBACK_URL is empty: status events stay on the exchange');
      return;
    }
    this.consumer = this.queue.consume(
      this.rabbitmq.statusQueue,
      { prefetch: IN_FLIGHT },
      (message) => this.carry(message),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.consumer?.stop();
  }

  private async carry(message: ConsumeMessage): Promise<void> {
    const status = this.metrics.begin(announcedAt(message.properties));
    try {
      await this.relay(message, status);
    } finally {
      this.metrics.end(status);
    }
  }

  /** Resolves when the event is in safe hands; rejects when it should go back to the queue. */
  private async relay(
    { content, properties }: ConsumeMessage,
    status: StatusInHand,
  ): Promise<void> {
    const correlationId = correlationIdOf(properties);
    const giveUpAt = Date.now() + HOLD_AT_MOST_MS;
    for (;;) {
      try {
        await this.client.post(content, correlationId);
        this.metrics.reported(status, 'taken');
        return;
      } catch (error) {
        if (error instanceof StatusRefusedError) {
          this.metrics.reported(status, 'refused');
          return this.bury(content, error);
        }
        if (error instanceof StatusNotTakenError) this.metrics.reported(status, 'failed');
        if (this.stopping.signal.aborted) throw error;
        if (Date.now() > giveUpAt) {
          const headers = { [HEADERS.publishedAt]: status.since };
          return this.publisher.publish(ROUTING_KEYS.status, content, { correlationId, headers });
        }
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
      error_code: REFUSED,
      failed_at: new Date().toISOString(),
      attempts: 1,
      service: 'push-service',
      original_message: null,
      original_body: content.toString('base64'),
    });
    this.metrics.buried(REFUSED);
  }
}

function correlationIdOf(properties: ConsumeMessage['properties']): string | undefined {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const candidate: unknown = headers[HEADERS.correlationId] ?? properties.correlationId;
  return typeof candidate === 'string' ? candidate : undefined;
}

/** Epoch milliseconds; that it has come now where its publisher does not tell. */
function announcedAt({ headers }: ConsumeMessage['properties']): number {
  const at: unknown = headers?.[HEADERS.publishedAt];
  return typeof at === 'number' && Number.isFinite(at) ? at : Date.now();
}
