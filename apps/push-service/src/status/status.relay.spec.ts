import { loadConfig, RabbitmqConfig } from '@push/config';
import { HEADERS, ROUTING_KEYS } from '@push/contracts';
import { Metrics } from '@push/observability';
import type { PublishOptions, QueueConsumer, QueueMessageHandler } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import type { GuardedPublisher } from '../broker/guarded.publisher';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import type { Timeline } from '../timeline/timeline';
import { StatusNotTakenError, StatusRefusedError, type GatewayClient } from './gateway.client';
import { StatusRelay } from './status.relay';
import { StatusTelemetry } from './status.telemetry';

const PUBLISHED_AT = 1_700_000_000_000;
const CONTENT = Buffer.from('{"request_id":"r"}');

describe('StatusRelay', () => {
  let post: jest.Mock<Promise<void>>;
  let published: { routingKey: string; body: object; options?: PublishOptions }[];
  let relay: StatusRelay;
  let handle: QueueMessageHandler;

  beforeEach(() => {
    jest.useFakeTimers();
    post = jest.fn(() => Promise.resolve());
    published = [];
    const metrics = new Metrics();
    relay = new StatusRelay(
      loadConfig([RabbitmqConfig], {}).get(RabbitmqConfig) as RabbitmqConfig,
      {
        consume: (_queue, _options, handler) => {
          handle = handler;
          return { stop: () => Promise.resolve() };
        },
      } as Partial<QueueConsumer> as QueueConsumer,
      {
        publish: (routingKey, body, options) => {
          published.push({ routingKey, body, options });
          return Promise.resolve();
        },
      } as Partial<GuardedPublisher> as GuardedPublisher,
      { hasGateway: true, post } as Partial<GatewayClient> as GatewayClient,
      new StatusTelemetry(metrics, new DeliveryMetrics(metrics), {
        enabled: false,
      } as Partial<Timeline> as Timeline),
    );
    relay.onApplicationBootstrap();
  });
  afterEach(() => jest.useRealTimers());

  const message = {
    content: CONTENT,
    properties: { correlationId: 'c', headers: { [HEADERS.publishedAt]: PUBLISHED_AT } },
  } as unknown as ConsumeMessage;
  const down = () => Promise.reject(new StatusNotTakenError('down'));

  it('reports an event again until the gateway accepts it', async () => {
    post.mockImplementationOnce(down).mockImplementationOnce(down);
    const handled = handle(message);
    await jest.advanceTimersByTimeAsync(1000);
    await handled;
    expect(post.mock.calls).toEqual([
      [CONTENT, 'c'],
      [CONTENT, 'c'],
      [CONTENT, 'c'],
    ]);
    expect(published).toEqual([]);
  });

  it('publishes an event again, with its age, once it has been held for ten minutes', async () => {
    post.mockImplementation(down);
    const handled = handle(message);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(published).toEqual([]);
    await jest.advanceTimersByTimeAsync(500);
    await handled;
    expect(published).toEqual([
      {
        routingKey: ROUTING_KEYS.status,
        body: CONTENT,
        options: { correlationId: 'c', headers: { [HEADERS.publishedAt]: PUBLISHED_AT } },
      },
    ]);
  });

  it('dead-letters an event that the gateway refuses, without a retry', async () => {
    post.mockImplementation(() => Promise.reject(new StatusRefusedError(422)));
    await handle(message);
    expect(post).toHaveBeenCalledTimes(1);
    expect(published.map(({ routingKey }) => routingKey)).toEqual([ROUTING_KEYS.failed]);
  });

  it('requeues an event at a shutdown while the gateway is down', async () => {
    post.mockImplementation(down);
    const handled = expect(handle(message)).rejects.toThrow(StatusNotTakenError);
    await relay.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(500);
    await handled;
    expect(jest.getTimerCount()).toBe(0);
  });
});
