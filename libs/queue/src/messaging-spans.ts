import type { Entry, SpanOutline } from '@push/observability';
import { SpanKind } from '@opentelemetry/api';
import type { ConsumeMessage } from 'amqplib';

/** A message to be published, as far as its span describes it. */
export interface SentMessage {
  /** Empty where it is published directly to a queue. */
  exchange: string;
  routingKey: string;
  content: Buffer;
  correlationId?: string;
}

/** The span of a publish, by https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/. */
export function sendOutline({
  exchange,
  routingKey,
  content,
  correlationId,
}: SentMessage): SpanOutline {
  const destination = exchange === '' ? routingKey : `${exchange}:${routingKey}`;
  return {
    name: `send ${destination}`,
    kind: SpanKind.PRODUCER,
    attributes: {
      ...messageAttributes(destination, content, correlationId),
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.rabbitmq.destination.routing_key': routingKey,
    },
  };
}

/** The span of processing a message of a queue, in the trace that its headers name. */
export function processEntry(
  queue: string,
  { content, fields, properties }: ConsumeMessage,
): Entry {
  const correlationId: unknown = properties.correlationId;
  return {
    name: `process ${queue}`,
    kind: SpanKind.CONSUMER,
    headers: properties.headers,
    attributes: {
      ...messageAttributes(
        queue,
        content,
        typeof correlationId === 'string' ? correlationId : undefined,
      ),
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.rabbitmq.destination.routing_key': fields.routingKey,
    },
  };
}

function messageAttributes(
  destination: string,
  content: Buffer,
  correlationId: string | undefined,
) {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.destination.name': destination,
    'messaging.message.body.size': content.length,
    'messaging.message.conversation_id': correlationId,
  };
}
