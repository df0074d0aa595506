import type { DeviceResult } from '@push/contracts';
import { Metrics } from '@push/observability';
import { PushContext } from '@push/queue';
import type { Channel, ConsumeMessage } from 'amqplib';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import type { Timeline } from '../timeline/timeline';
import type { Outcome } from './outcome';
import { Telemetry, type MessageTelemetry } from './telemetry';

const device = (more: Partial<DeviceResult>): DeviceResult => ({
  device: 'masked',
  fingerprint: 'f',
  status: 'delivered',
  platform: null,
  message_id: null,
  error_code: null,
  ...more,
});

describe('Telemetry', () => {
  let metrics: Metrics;
  let telemetry: Telemetry;

  beforeEach(() => {
    metrics = new Metrics();
    telemetry = new Telemetry(new DeliveryMetrics(metrics), null as unknown as Timeline);
  });

  const lines = async (): Promise<string[]> => (await metrics.registry.metrics()).split('\n');

  const receive = (
    redelivered: boolean,
    headers: Record<string, unknown> = {},
  ): MessageTelemetry => {
    const message = {
      fields: { redelivered },
      properties: { headers: { 'x-published-at': Date.now() - 3000, ...headers } },
    } as unknown as ConsumeMessage;
    return telemetry.begin(new PushContext(message, null as unknown as Channel, () => undefined));
  };

  const end = (outcome: Outcome): void => receive(false).end(outcome);

  it('counts each device of a notification by platform and code', async () => {
    const devices = [
      device({ platform: 'ios' }),
      device({ status: 'failed', platform: 'web', error_code: 'UNREGISTERED' }),
      device({}),
    ];
    end({ kind: 'delivered', devices, attempts: 1 });
    end({ kind: 'duplicate' });
    expect((await lines()).filter((line) => line.startsWith('push_device_results_total'))).toEqual([
      'push_device_results_total{platform="ios",code="OK"} 1',
      'push_device_results_total{platform="web",code="UNREGISTERED"} 1',
      'push_device_results_total{platform="unknown",code="OK"} 1',
    ]);
  });

  it('counts parked messages by reason, those that returned too early included', async () => {
    const delayMs = 1000;
    end({ kind: 'deferred', reason: 'rate_limited', delayMs });
    end({ kind: 'deferred', reason: 'not_yet_due', delayMs });
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'push_parked_total{reason="rate_limited"} 1',
        'push_parked_total{reason="not_yet_due"} 1',
      ]),
    );
  });

  it('observes the time in the queue of a first delivery only, and counts the others', async () => {
    receive(false);
    receive(true);
    receive(false, { 'x-parked-count': 1 });
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'push_notifications_received_total 3',
        'push_redeliveries_total 1',
        'push_stage_duration_seconds_count{stage="queued"} 1',
        'push_stage_duration_seconds_bucket{le="2.5",stage="queued"} 0',
        'push_stage_duration_seconds_bucket{le="5",stage="queued"} 1',
      ]),
    );
  });
});
