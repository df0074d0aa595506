import { Metrics } from '@push/observability';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { StatusMetrics } from './status.metrics';

describe('StatusMetrics', () => {
  it('tells how old the oldest status in hand is, and counts each report', async () => {
    const all = new Metrics();
    const { registry } = all;
    const metrics = new StatusMetrics(all, new DeliveryMetrics(all));
    const age = async (): Promise<number> => {
      const page = await registry.metrics();
      return Number(/^push_status_oldest_age_seconds (.+)$/m.exec(page)?.[1]);
    };

    expect(await age()).toBe(0);
    const old = { since: Date.now() - 61_000 };
    metrics.track(old);
    metrics.track({ since: Date.now() });
    metrics.reported(old, 'failed');
    expect(await age()).toBeCloseTo(61, 0);

    metrics.reported(old, 'taken');
    metrics.end(old);
    expect(await age()).toBeLessThan(10);
    const lines = (await registry.metrics()).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'push_status_reports_total{result="taken"} 1',
        'push_status_reports_total{result="refused"} 0',
        'push_status_reports_total{result="failed"} 1',
        'push_status_lag_seconds_bucket{le="60"} 0',
        'push_status_lag_seconds_bucket{le="300"} 1',
      ]),
    );
  });
});
