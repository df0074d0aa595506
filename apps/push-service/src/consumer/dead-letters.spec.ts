import type { DeadLetterReason } from '@push/contracts';
import { Metrics } from '@push/observability';
import { PublishError, PushContext, type PublishOptions } from '@push/queue';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { GuardedPublisher } from '../broker/guarded.publisher';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { DeadLetters } from './dead-letters';

const REPORT: DeadLetterReason = {
  requestId: 'r',
  code: 'UNAVAILABLE',
  error: 'FCM was not available on any try',
  attempts: 3,
  failedAt: '2026-11-22T12:00:00.000Z',
};

const STEERING = {
  'x-not-before': 5,
  'x-parked-count': 2,
  'x-tries': 3,
  'x-waits': 1,
  'x-device-results': '[]',
  'x-renewed': true,
  'x-delivery-count': 4,
};

describe('DeadLetters', () => {
  let published: PublishOptions[];
  let refusal: PublishError | undefined;
  let deadLetters: DeadLetters;

  beforeEach(() => {
    published = [];
    refusal = undefined;
    const publisher = {
      publish: (_routingKey: string, _body: object, options: PublishOptions) => {
        published.push(options);
        const error = refusal;
        refusal = undefined;
        return error ? Promise.reject(error) : Promise.resolve();
      },
    } as unknown as GuardedPublisher;
    deadLetters = new DeadLetters(publisher, new DeliveryMetrics(new Metrics()));
  });

  const bury = (headers: Record<string, unknown>): Promise<void> => {
    const message = {
      content: Buffer.from('{}'),
      fields: { exchange: 'e', routingKey: 'push' },
      properties: { headers, correlationId: 'c' },
    } as unknown as ConsumeMessage;
    const context = new PushContext(message, null as unknown as Channel, () => undefined);
    return deadLetters.bury({ ok: true, value: {} }, context, REPORT);
  };

  const WAY = { 'x-original-exchange': 'e', 'x-original-routing-key': 'push' };

  it('leaves behind what steered the message, so that a replay starts afresh', async () => {
    const theirs = { mine: 'kept', 'x-correlation-id': 'c', 'x-published-at': 1 };
    await bury({ ...theirs, ...STEERING });
    expect(published[0]?.headers).toEqual({ ...theirs, ...WAY });
  });

  it('keeps a message whose headers cannot be sent on, without them', async () => {
    refusal = new PublishError('INVALID_MESSAGE', 'too large');
    await bury({ mine: 'too large' });
    expect(published[1]).toMatchObject({ headers: WAY, correlationId: 'c', messageId: 'r' });
  });
});
