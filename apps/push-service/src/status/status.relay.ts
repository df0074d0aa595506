import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import {
  encodeDeadLetter,
  HEADERS,
  replayHeaders,
  ROUTING_KEYS,
  STATUS_REFUSED,
} from '@push/contracts';
import { QueueConsumer, type QueueSubscription } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { ConstantBackoff, handleAll, retry } from 'cockatiel';
import { GuardedPublisher } from '../broker/guarded.publisher';
import { GatewayClient, StatusNotTakenError, StatusRefusedError } from './gateway.client';
import { StatusTelemetry, type StatusReport } from './status.telemetry';

/** Status events in flight to the gateway at most. */
const PREFETCH = 100;
const RETRY_INTERVAL_MS = 500;
/** RabbitMQ closes the channel of a message held for 30 minutes; well before that it goes to the end of the queue. */
const MAX_HOLD_MS = 600_000;

/** What became of an event: the gateway accepted it, refused it for good, or it has been held for too long. */
type ReportResult = 'taken' | StatusRefusedError | 'held_too_long';

/** Carries status events from their queue to the gateway, for as long as the gateway may be down. */
@Injectable()
export class StatusRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(StatusRelay.name);
  private readonly stopping = new AbortController();
  private readonly untilAnswered = retry(handleAll, {
    maxAttempts: Infinity,
    backoff: new ConstantBackoff(RETRY_INTERVAL_MS),
  });
  private consumer?: QueueSubscription;

  constructor(
    private readonly rabbitmq: RabbitmqConfig,
    private readonly queue: QueueConsumer,
    private readonly publisher: GuardedPublisher,
    private readonly client: GatewayClient,
    private readonly telemetry: StatusTelemetry,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.client.hasGateway) {
      this.logger.log('STATUS_CALLBACK_URL is empty: status events stay on the exchange');
      return;
    }
    this.consumer = this.queue.consume(
      this.rabbitmq.statusQueue,
      { prefetch: PREFETCH },
      (message) => this.handle(message),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.consumer?.stop();
  }

  /** Resolves when the gateway or the broker has the event; rejects when it should be requeued. */
  private async handle({ content, properties }: ConsumeMessage): Promise<void> {
    const report = this.telemetry.started(content, publishedAtOf(properties));
    const correlationId = correlationIdOf(properties);
    try {
      const result = await this.untilAnswered.execute(
        () => this.report(report, correlationId),
        this.stopping.signal,
      );
      if (result === 'taken') this.telemetry.taken(report);
      else if (result === 'held_too_long') await this.publishAgain(report, correlationId);
      else await this.deadLetter(report, properties, result);
    } finally {
      this.telemetry.ended(report);
    }
  }

  /** One attempt. Whatever it throws is retried. */
  private async report(
    report: StatusReport,
    correlationId: string | undefined,
  ): Promise<ReportResult> {
    if (Date.now() > report.receivedAt + MAX_HOLD_MS) return 'held_too_long';
    report.attempts += 1;
    try {
      await this.client.post(report.content, correlationId);
      return 'taken';
    } catch (error) {
      if (error instanceof StatusRefusedError) return error;
      if (error instanceof StatusNotTakenError) this.telemetry.failed();
      throw error;
    }
  }

  private publishAgain(
    { content, publishedAt }: StatusReport,
    correlationId: string | undefined,
  ): Promise<void> {
    const headers = { [HEADERS.publishedAt]: publishedAt };
    return this.publisher.publish(ROUTING_KEYS.status, content, { correlationId, headers });
  }

  private async deadLetter(
    report: StatusReport,
    properties: ConsumeMessage['properties'],
    error: StatusRefusedError,
  ): Promise<void> {
    this.logger.error({ err: error }, 'The gateway refused a status; it is dead-lettered');
    const { body, contentType, headers } = encodeDeadLetter(
      { ok: false, raw: report.content },
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
      headers: { ...headers, ...replayHeaders(properties.headers) },
    });
    this.telemetry.refused(report, error.httpStatus, STATUS_REFUSED);
  }
}

function correlationIdOf(properties: ConsumeMessage['properties']): string | undefined {
  const headers: Record<string, unknown> = properties.headers ?? {};
  const candidate: unknown = headers[HEADERS.correlationId] ?? properties.correlationId;
  return typeof candidate === 'string' ? candidate : undefined;
}

/** Epoch milliseconds; now where the publisher did not set the header. */
function publishedAtOf({ headers }: ConsumeMessage['properties']): number {
  const at: unknown = headers?.[HEADERS.publishedAt];
  return typeof at === 'number' && Number.isFinite(at) ? at : Date.now();
}
