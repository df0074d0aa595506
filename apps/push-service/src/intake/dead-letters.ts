import { Injectable } from '@nestjs/common';
import { HEADERS, ROUTING_KEYS, type DeadLetter } from '@push/contracts';
import { ownHeaders, PublishError, type MessageBody, type PushContext } from '@push/queue';
import { GuardedPublisher } from '../broker/guarded.publisher';
import { DetourMetrics } from '../metrics/detour.metrics';
import { Stages } from '../metrics/stages';

/** Why a message goes to the dead-letter queue. */
export interface DeathReport {
  requestId: string | null;
  code: string;
  error: string;
  attempts: number;
  /** ISO 8601. */
  failedAt: string;
}

/** Headers of a dead letter: the way its message came, for replay, and why it is dead, where the body cannot say so. */
export const DEAD_LETTER_HEADERS = {
  exchange: 'x-original-exchange',
  routingKey: 'x-original-routing-key',
  error: 'x-error',
  errorCode: 'x-error-code',
  failedAt: 'x-failed-at',
} as const;

/** Steer a message on its way through here; with them a replay would begin with its tries used up, or its devices done. */
const STEERING: ReadonlySet<string> = new Set([
  HEADERS.notBefore,
  HEADERS.parked,
  HEADERS.tries,
  HEADERS.waits,
  HEADERS.devices,
  HEADERS.renewed,
]);

/** A larger body that is no JSON is kept as it came: in base64 it could grow past what the broker takes. */
const MAX_BASE64_SOURCE_BYTES = 4 * 1024 * 1024;

/** Keeps what cannot be delivered, whole, in `failed.queue`. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly publisher: GuardedPublisher,
    private readonly stages: Stages,
    private readonly detours: DetourMetrics,
  ) {}

  /** @throws {PublishError} or {DependencyDownError} unless the broker has confirmed it */
  async bury(body: MessageBody, context: PushContext, report: DeathReport): Promise<void> {
    await this.stages.run('bury', () => this.keep(body, context, report));
    this.detours.buried(report.code);
  }

  private async keep(body: MessageBody, context: PushContext, report: DeathReport): Promise<void> {
    const way = {
      [DEAD_LETTER_HEADERS.exchange]: context.exchange,
      [DEAD_LETTER_HEADERS.routingKey]: context.routingKey,
    };
    const letter = letterOf(body, report);
    try {
      await this.publish(letter, context, report, {
        ...headersForReplay(context),
        ...way,
      });
    } catch (error) {
      if (!(error instanceof PublishError) || error.code !== 'INVALID_MESSAGE') throw error;
      // Headers too large to be sent on must not keep the message from being kept.
      await this.publish(letter, context, report, way);
    }
  }

  private publish(
    letter: Letter,
    context: PushContext,
    report: DeathReport,
    headers: Record<string, unknown>,
  ): Promise<void> {
    return this.publisher.publish(ROUTING_KEYS.failed, letter.body, {
      correlationId: context.correlationId,
      messageId: report.requestId ?? context.messageId,
      contentType: letter.contentType,
      headers: { ...headers, ...letter.headers },
    });
  }
}

/** The publisher's own headers, and those that say which notification it is and since when. */
function headersForReplay({ message }: PushContext): Record<string, unknown> {
  const headers = Object.entries(ownHeaders(message.properties.headers));
  return Object.fromEntries(headers.filter(([name]) => !STEERING.has(name)));
}

/** A dead letter as it is published. */
interface Letter {
  body: DeadLetter | Buffer;
  contentType: string;
  headers: Record<string, unknown>;
}

function letterOf(body: MessageBody, report: DeathReport): Letter {
  if (!body.ok && body.raw.length > MAX_BASE64_SOURCE_BYTES) {
    const headers = {
      [DEAD_LETTER_HEADERS.error]: report.error,
      [DEAD_LETTER_HEADERS.errorCode]: report.code,
      [DEAD_LETTER_HEADERS.failedAt]: report.failedAt,
    };
    return { body: body.raw, contentType: 'application/octet-stream', headers };
  }
  const letter: DeadLetter = {
    request_id: report.requestId,
    error: report.error,
    error_code: report.code,
    failed_at: report.failedAt,
    attempts: report.attempts,
    service: 'push-service',
    original_message: body.ok ? body.value : null,
    ...(body.ok ? {} : { original_body: body.raw.toString('base64') }),
  };
  return { body: letter, contentType: 'application/json', headers: {} };
}
