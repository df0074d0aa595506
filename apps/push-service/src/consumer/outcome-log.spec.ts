import type { DeviceResult } from '@push/contracts';
import { Metrics } from '@push/observability';
import { PushContext } from '@push/queue';
import type { Channel, ConsumeMessage } from 'amqplib';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { OutcomeLog } from './outcome-log';

const device = (more: Partial<DeviceResult>): DeviceResult => ({
  device: 'masked',
  fingerprint: 'f',
  status: 'delivered',
  platform: null,
  message_id: null,
  error_code: null,
  ...more,
});

describe('OutcomeLog', () => {
  let metrics: Metrics;
  let outcomes: OutcomeLog;

  beforeEach(() => {
    metrics = new Metrics();
    outcomes = new OutcomeLog(new DeliveryMetrics(metrics));
  });

  const lines = async (): Promise<string[]> => (await metrics.registry.metrics()).split('\n');

  const receive = (redelivered: boolean, headers: Record<string, unknown> = {}): void => {
    const message = {
      fields: { redelivered },
      properties: { headers: { 'x-published-at': Date.now() - 3000, ...headers } },
    } as unknown as ConsumeMessage;
    outcomes.received(new PushContext(message, null as unknown as Channel, () => undefined));
  };

  it('counts each device of a notification that has ended, by platform and code', async () => {
    const devices = [
      device({ platform: 'ios' }),
      device({ status: 'failed', platform: 'web', error_code: 'UNREGISTERED' }),
      device({}),
    ];
    outcomes.note({ kind: 'delivered', devices, attempts: 1 }, undefined, Date.now());
    outcomes.note({ kind: 'duplicate' }, undefined, Date.now());
    expect((await lines()).filter((line) => line.startsWith('push_device_results_total'))).toEqual([
      'push_device_results_total{platform="ios",code="OK"} 1',
      'push_device_results_total{platform="web",code="UNREGISTERED"} 1',
      'push_device_results_total{platform="unknown",code="OK"} 1',
    ]);
  });

  it('counts what has to wait by its reason, what came back too early included', async () => {
    const delayMs = 1000;
    outcomes.note({ kind: 'deferred', reason: 'rate_limited', delayMs }, undefined, Date.now());
    outcomes.tooEarly();
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'push_parked_total{reason="rate_limited"} 1',
        'push_parked_total{reason="not_yet_due"} 1',
      ]),
    );
  });

  it('takes the time in the queue of a first delivery only, and counts the others', async () => {
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
