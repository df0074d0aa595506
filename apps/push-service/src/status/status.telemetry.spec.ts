import { Metrics } from '@push/observability';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import type { TimelineEventDetails } from '../timeline/timeline-event.schema';
import type { Timeline } from '../timeline/timeline';
import { StatusTelemetry } from './status.telemetry';

describe('StatusTelemetry', () => {
  const EVENT = Buffer.from('{"request_id":"r"}');
  let timeline: [string, TimelineEventDetails][];
  let telemetry: StatusTelemetry;
  let page: () => Promise<string>;

  beforeEach(() => {
    timeline = [];
    const metrics = new Metrics();
    page = () => metrics.registry.metrics();
    telemetry = new StatusTelemetry(metrics, new DeliveryMetrics(metrics), {
      enabled: true,
      record: (requestId: string, details: TimelineEventDetails) =>
        void timeline.push([requestId, details]),
    } as Partial<Timeline> as Timeline);
  });

  it('shows the age of the oldest status in flight, and counts each report', async () => {
    const age = async (): Promise<number> =>
      Number(/^push_status_oldest_age_seconds (.+)$/m.exec(await page())?.[1]);

    expect(await age()).toBe(0);
    const old = telemetry.started(EVENT, Date.now() - 61_000);
    telemetry.started(EVENT, Date.now());
    telemetry.failed();
    expect(await age()).toBeCloseTo(61, 0);

    telemetry.taken(old);
    telemetry.ended(old);
    expect(await age()).toBeLessThan(10);
    const lines = (await page()).split('\n');
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

  it('records in the timeline of its notification what the gateway answered', () => {
    const report = telemetry.started(EVENT, Date.now());
    report.attempts = 3;
    telemetry.taken(report);
    telemetry.refused(report, 422, 'status_refused');
    expect(timeline).toEqual([
      ['r', { event: 'reported', tries: 3, ms: expect.any(Number) }],
      ['r', { event: 'report_refused', http_status: 422 }],
    ]);
  });

  it.each(['no JSON', 'null', '{}', '{"request_id":7}'])(
    'records nothing in a timeline for an event without a request id: %s',
    (content) => {
      telemetry.taken(telemetry.started(Buffer.from(content), Date.now()));
      expect(timeline).toEqual([]);
    },
  );
});
