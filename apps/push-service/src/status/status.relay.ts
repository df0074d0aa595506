import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import {
  HEADERS,
  replayHeaders,
  ROUTING_KEYS,
  STATUS_REFUSED,
  encodeDeadLetter,
} from '@push/contracts';
import { QueueConsumer, type QueueSubscription } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { GuardedPublisher } from '../broker/guarded.publisher';
import { GatewayClient } from './gateway.client';
import { StatusNotTakenError, StatusRefusedError } from './status.errors';
import { StatusRecord, type StatusOnItsWay } from './status.record';

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
    private readonly rabbitmq: RabbitmqConfig,
    private readonly queue: QueueConsumer,
    private readonly publisher: GuardedPublisher,
    private readonly client: GatewayClient,
    private readonly record: StatusRecord,
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
    const status = this.record.begin(message.content, announcedAt(message.properties));
    try {
      await this.relay(status, message);
    } finally {
      this.record.end(status);
    }
  }

  /** Resolves when the event is in safe hands; rejects when it should go back to the queue. */
  private async relay(status: StatusOnItsWay, { properties }: ConsumeMessage): Promise<void> {
    const correlationId = correlationIdOf(properties);
    for (;;) {
      status.tries += 1;
      try {
        await this.client.post(status.content, correlationId);
        this.record.taken(status);
        return;
      } catch (error) {
        if (error instanceof StatusRefusedError) return this.bury(status, properties, error);
        if (error instanceof StatusNotTakenError) this.record.failed(status);
        if (this.stopping.signal.aborted) throw error;
        if (Date.now() > status.takenAt + HOLD_AT_MOST_MS) {
          const headers = { [HEADERS.publishedAt]: status.since };
          const again = { correlationId, headers };
          return this.publisher.publish(ROUTING_KEYS.status, status.content, again);
        }
        await sleep(RETRY_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  private async bury(
    status: StatusOnItsWay,
    { headers: theirs }: ConsumeMessage['properties'],
    error: StatusRefusedError,
  ): Promise<void> {
    this.logger.error(
      { err: error },
      'The gateway refused a status; kept in the dead-letter queue',
    );
    const { body, contentType, headers } = encodeDeadLetter(
      { ok: false, raw: status.content },
      {
        requestId: null,
        code: STATUS_REFUSED,
        error: error.message,
        attempts: 1,
        failedAt: new Date().toISOString(),
      },
    );
    await this.publisher.publish(ROUTING_KEYS.failed, body, {
      contentType,
      headers: { ...headers, ...replayHeaders(theirs) },
    });
    this.record.buried(status, error.httpStatus, STATUS_REFUSED);
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
