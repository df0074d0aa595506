import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promtool } from '../support/prometheus';
import { startStack, type Stack } from '../support/stack';
import { FINAL_STATUSES, makeTraffic, PRIVATE, TRAFFIC_ENV } from '../support/traffic';
import { waitFor } from '../support/wait-for';

const METRICS_DOC = join(__dirname, '../../docs/metrics.md');

/** Name, type and labels of a metric. */
interface Described {
  type: string;
  labels: Set<string>;
}

describe('the page for Prometheus after real traffic', () => {
  let stack: Stack;
  let page: string;

  beforeAll(async () => {
    stack = await startStack({ env: TRAFFIC_ENV });
    await makeTraffic(stack);
    // The service counts an outcome shortly after others can see it.
    page = await waitFor('the last report and the last outcome', async () => {
      const text = await scrape();
      const taken = Number(/^push_status_reports_total\{result="taken"\} (\d+)$/m.exec(text)?.[1]);
      const settled = taken === FINAL_STATUSES && text.includes('\npush_intake_in_flight 0\n');
      return settled ? text : undefined;
    });
  });
  afterAll(() => stack.close());

  const scrape = async (): Promise<string> => {
    const answer = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/metrics`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5,*/*;q=0.1' },
    });
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    return answer.text();
  };

  /** The service's own metrics on the page, without those of prom-client. */
  const exported = (): Map<string, Described> => {
    const all = new Map<string, Described>();
    for (const [, name = '', type = ''] of page.matchAll(/^# TYPE (push_\w+) (\w+)$/gm)) {
      const sample = new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, 'gm');
      const labels = [...page.matchAll(sample)].flatMap(([, text = '']) =>
        [...text.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
      );
      all.set(name, { type, labels: new Set(labels.filter((label) => label !== 'le')) });
    }
    return all;
  };

  const valueOf = (series: string): number => {
    const line = page.split('\n').find((candidate) => candidate.startsWith(`${series} `));
    return Number(line?.slice(series.length));
  };

  it('finds nothing wrong with promtool', () => {
    expect(promtool(['check', 'metrics'], page)).toEqual({ code: 0, text: '' });
  });

  it('promtool reports a metric that violates the naming conventions', () => {
    const wrong = '# HELP push_time_ms Time\n# TYPE push_time_ms counter\npush_time_ms 1\n';
    expect(promtool(['check', 'metrics'], wrong).code).not.toBe(0);
  });

  it.each([
    ['push_notifications_total{outcome="delivered",reason="none"}', 7],
    ['push_notifications_total{outcome="rejected",reason="UNREGISTERED"}', 1],
    ['push_notifications_total{outcome="rejected",reason="user_not_found"}', 1],
    ['push_device_results_total{platform="ios",code="OK"}', 1],
    ['push_device_results_total{platform="web",code="UNREGISTERED"}', 1],
    ['push_device_results_total{platform="unknown",code="UNREGISTERED"}', 1],
    ['push_parked_total{reason="rate_limited"}', 1],
    ['push_dead_letters_total{code="invalid_message"}', 1],
    ['push_dead_letters_total{code="user_not_found"}', 1],
    ['push_fcm_requests_total{code="QUOTA_EXCEEDED"}', 1],
    ['push_fcm_requests_total{code="UNAVAILABLE"}', 5],
    ['push_circuit_breaker_openings_total{dependency="fcm"}', 1],
    ['push_circuit_breaker_state{dependency="fcm",state="closed"}', 1],
    ['push_intake_gate_closed{waiting_for="fcm"}', 0],
    ['push_status_oldest_age_seconds', 0],
  ])('says %s %d', (series, value) => {
    expect(valueOf(series)).toBe(value);
  });

  it('counts each request to FCM by its result', () => {
    const answers = [...page.matchAll(/^push_fcm_requests_total\{.*\} (\d+)$/gm)];
    const sum = answers.reduce((total, [, count]) => total + Number(count), 0);
    expect(valueOf('push_fcm_request_duration_seconds_count')).toBe(sum);
  });

  it('contains no token, user or request', () => {
    for (const word of PRIVATE) expect(page).not.toContain(word);
  });

  it('has exactly its own metrics in docs/metrics.md, with type and labels', () => {
    const rows = readFileSync(METRICS_DOC, 'utf8').matchAll(
      /^\| `(push_\w+)` \| (\w+) \|([^|]*)\|/gm,
    );
    const documented = [...rows].map(([, name, type, labels = '']) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(),
    }));
    const real = [...exported()].map(([name, { type, labels }]) => ({
      name,
      type,
      labels: [...labels].sort(),
    }));
    const byName = (one: { name?: string }, other: { name?: string }): number =>
      (one.name ?? '').localeCompare(other.name ?? '');
    expect(documented.sort(byName)).toEqual(real.sort(byName));
  });
});
