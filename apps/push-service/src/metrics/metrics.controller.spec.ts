import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, RabbitmqConfig } from '@push/config';
import { FcmTransport } from '@push/fcm';
import { MetricsModule as RegistryModule } from '@push/observability';
import { PushQueueServer, QueueInspector, type QueueDepths } from '@push/queue';
import { Dependencies, ResilienceModule } from '@push/resilience';
import { DeliveryMetrics } from './delivery.metrics';
import { acceptsPrometheusText, MetricsController } from './metrics.controller';
import { MetricsDocumentBuilder, type MetricsDocument } from './metrics.document';
import { QueueMetrics } from './queue.metrics';
import { StateMetrics } from './state.metrics';

const PROMETHEUS = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.2';

describe('MetricsController', () => {
  let app: NestFastifyApplication;
  let delivery: DeliveryMetrics;
  let depths: QueueDepths | undefined;

  beforeEach(async () => {
    depths = {
      push: { messages: 12, consumers: 10 },
      failed: { messages: 1, consumers: 0 },
      status: null,
      delays: new Map([
        [1000, { messages: 2, consumers: 0 }],
        [5000, { messages: 3, consumers: 0 }],
        [15_000, null],
      ]),
    };
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot([BreakerConfig, RabbitmqConfig], { QUEUE_NAMESPACE: 'some.' }),
        ResilienceModule,
        RegistryModule,
      ],
      controllers: [MetricsController],
      providers: [
        DeliveryMetrics,
        QueueMetrics,
        StateMetrics,
        MetricsDocumentBuilder,
        {
          provide: PushQueueServer,
          useValue: { inFlight: 7, waiting: 2, currentLimit: 50, paused: false },
        },
        { provide: FcmTransport, useValue: { sessions: 3, streams: 42 } },
        { provide: QueueInspector, useValue: { depths: () => Promise.resolve(depths) } },
      ],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app.useLogger(false);
    await app.init();
    delivery = app.get(DeliveryMetrics);
  });

  afterEach(() => app.close());

  async function openBreaker(name: string): Promise<void> {
    const dependency = app
      .get(Dependencies)
      .create({ name, failures: 1, probe: () => Promise.resolve() });
    await dependency.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
  }

  async function document(): Promise<MetricsDocument> {
    const answer = await app.inject({ url: '/metrics', headers: { accept: '*/*' } });
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    return answer.json();
  }

  async function page(): Promise<string> {
    const answer = await app.inject({ url: '/metrics', headers: { accept: PROMETHEUS } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    return answer.body;
  }

  it('returns a JSON document that is complete before anything has happened', async () => {
    expect(await document()).toEqual({
      service: 'push-service',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      uptime_seconds: expect.any(Number),
      notifications: {
        received: 0,
        delivered: 0,
        failed: 0,
        delivered_per_minute: 0,
        by_outcome: {
          delivered: 0,
          duplicate: 0,
          skipped: 0,
          expired: 0,
          rejected: 0,
          exhausted: 0,
          deferred: 0,
          interrupted: 0,
        },
        by_reason: {},
        redelivered: 0,
        parked: {},
      },
      devices: {},
      dead_letters: {},
      fcm: { requests: {}, sessions: 3, streams: 42 },
      circuit_breakers: {},
      intake: { in_flight: 7, waiting: 2, window: 50, paused: false },
      queues: {
        'some.push.queue': { messages: 12, consumers: 10 },
        'some.failed.queue': { messages: 1, consumers: 0 },
        'some.push.delay': { messages: 5, consumers: 0 },
      },
      latency_ms: { p50: null, p95: null, p99: null, samples: 0 },
      process: {
        memory_mb: expect.any(Number),
        cpu_seconds: expect.any(Number),
        node: process.version,
      },
    });
  });

  it('counts messages, devices, FCM requests and dead letters in the document', async () => {
    for (let message = 0; message < 3; message += 1) delivery.received();
    delivery.fcmRequest('UNAVAILABLE', 0.2);
    delivery.fcmRequest('OK', 0.1);
    delivery.outcome('delivered', 'none');
    delivery.delivered(0.12);
    delivery.outcome('rejected', 'no_device');
    delivery.outcome('exhausted', 'UNAVAILABLE');
    delivery.device('ios', 'OK');
    delivery.device('ios', 'UNREGISTERED');
    delivery.device(null, 'OK');
    delivery.redelivered();
    delivery.parked('rate_limited');
    delivery.deadLettered('no_device');
    await openBreaker('fcm');

    const { notifications, devices, dead_letters, fcm, latency_ms, circuit_breakers } =
      await document();
    expect(notifications).toMatchObject({
      received: 3,
      delivered: 1,
      failed: 2,
      delivered_per_minute: 1,
      by_outcome: { delivered: 1, rejected: 1, exhausted: 1 },
      by_reason: { no_device: 1, UNAVAILABLE: 1 },
      redelivered: 1,
      parked: { rate_limited: 1 },
    });
    expect(devices).toEqual({ ios: { OK: 1, UNREGISTERED: 1 }, unknown: { OK: 1 } });
    expect(dead_letters).toEqual({ no_device: 1 });
    expect(fcm.requests).toEqual({ OK: 1, UNAVAILABLE: 1 });
    expect(latency_ms).toEqual({ p50: 120, p95: 120, p99: 120, samples: 1 });
    expect(circuit_breakers).toEqual({ fcm: { state: 'open', failures: 1 } });
    expect(delivery.lastAcceptedAt).toBeGreaterThan(Date.now() - 10_000);
  });

  it('returns the same metrics as Prometheus text to a scraper', async () => {
    delivery.received();
    delivery.outcome('rejected', 'no_device');
    delivery.outcome('rejected', 'a sentence with "quotes"');
    delivery.fcmRequest('OK', 0.1);
    delivery.delivered(0.3);
    await openBreaker('fcm');

    const lines = new Set((await page()).split('\n'));
    for (const line of [
      'push_notifications_received_total 1',
      'push_notifications_total{outcome="rejected",reason="no_device"} 1',
      'push_notifications_total{outcome="rejected",reason="other"} 1',
      'push_fcm_requests_total{code="OK"} 1',
      'push_fcm_request_duration_seconds_bucket{le="0.1"} 1',
      'push_fcm_streams 42',
      'push_delivery_duration_seconds_bucket{le="0.25"} 0',
      'push_delivery_duration_seconds_bucket{le="0.5"} 1',
      'push_intake_in_flight 7',
      'push_intake_paused 0',
      'push_fcm_sessions 3',
      'push_circuit_breaker_state{dependency="fcm",state="closed"} 0',
      'push_circuit_breaker_state{dependency="fcm",state="half_open"} 0',
      'push_circuit_breaker_state{dependency="fcm",state="open"} 1',
      'push_circuit_breaker_openings_total{dependency="fcm"} 1',
      'push_queue_messages{role="push",queue="some.push.queue"} 12',
      'push_queue_consumers{role="push",queue="some.push.queue"} 10',
      'push_queue_messages{role="delay",queue="some.push.delay"} 5',
    ]) {
      expect(lines).toContain(line);
    }
    expect([...lines].some((line) => line.startsWith('process_cpu_seconds_total'))).toBe(true);
  });

  it('leaves queue depths out, instead of showing old ones, while the broker cannot be asked', async () => {
    expect(await page()).toContain('push_queue_messages{');
    depths = undefined;
    expect(await page()).not.toContain('push_queue_messages{');
    expect((await document()).queues).toBeNull();
  });
});

describe('acceptsPrometheusText', () => {
  it.each([
    // Prometheus 2.42, then 3.x, then 3.x with native histograms.
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;version=0.0.4;q=0.3',
    'text/plain',
    'TEXT/PLAIN; version=0.0.4',
    'application/json;q=0.1, text/plain',
  ])('is true for %s', (accept) => expect(acceptsPrometheusText(accept)).toBe(true));

  it.each([
    undefined,
    '',
    '*/*',
    'application/json',
    'application/json, text/plain, */*',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'text/plain;q=0, */*',
    'text/plain;q=nonsense',
    'text/*',
  ])('is false for %s', (accept) => expect(acceptsPrometheusText(accept)).toBe(false));
});
