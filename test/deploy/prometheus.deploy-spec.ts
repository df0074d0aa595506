import { TestPrometheus } from '../support/prometheus';
import { dashboardQueries, metricsOf } from '../support/promql';
import { startStack } from '../support/stack';
import { makeTraffic, TRAFFIC_ENV } from '../support/traffic';
import { waitFor } from '../support/wait-for';

describe('Prometheus as it is deployed, scraping a running push-service', () => {
  /** Clean-up of what was started, last first. */
  const ends: (() => Promise<void>)[] = [];
  let prometheus: TestPrometheus;

  beforeAll(async () => {
    const stack = await startStack({ env: TRAFFIC_ENV });
    ends.unshift(() => stack.close());
    await makeTraffic(stack);
    prometheus = await TestPrometheus.start(new URL(stack.pushUrls[0] ?? '').host);
    ends.unshift(() => prometheus.stop());
    // A rate needs two scrapes.
    await waitFor('two scrapes', async () => {
      const [count] = await prometheus.query('count_over_time(push_build_info[1m])');
      return Number(count?.value[1]) >= 2;
    });
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });

  it('has its target up', async () => {
    expect(await prometheus.targets()).toEqual([
      expect.objectContaining({ health: 'up', lastError: '' }),
    ]);
    const [up] = await prometheus.query('up{job="push-service"}');
    expect(up?.value[1]).toBe('1');
  });

  it.each(dashboardQueries())('has data for "$title": $expr', async ({ expr }) => {
    // Some are rates of rare events, such as garbage collections.
    await waitFor('data', async () => (await prometheus.query(expr)).length > 0);
  });

  it('shows the figures that the traffic produced', async () => {
    const [delivered] = await prometheus.query(
      'sum(push_notifications_total{outcome="delivered"})',
    );
    expect(delivered?.value[1]).toBe('7');
  });

  it('evaluates every alert rule, with data for every metric in it', async () => {
    const rules = await waitFor('the rules to be evaluated', async () => {
      const loaded = await prometheus.rules();
      return loaded.some(({ health }) => health === 'unknown') ? undefined : loaded;
    });
    expect(rules.length).toBeGreaterThan(10);
    for (const { name, health, query } of rules) {
      expect([name, health]).toEqual([name, 'ok']);
      for (const metric of metricsOf(query)) {
        expect([metric, (await prometheus.query(metric)).length > 0]).toEqual([metric, true]);
      }
    }
  });

  it('has a severity, a description and a runbook link for every alert', async () => {
    for (const { name, labels, annotations } of await prometheus.rules()) {
      expect([name, labels['severity']]).toEqual([name, expect.stringMatching(/critical|warning/)]);
      expect([name, annotations]).toEqual([
        name,
        {
          summary: expect.any(String),
          description: expect.any(String),
          runbook_url: expect.stringMatching(/^docs\/operations\.md#[a-z-]+$/),
        },
      ]);
    }
  });
});

describe('metricsOf', () => {
  it.each([
    ['sum by (job) (rate(a_total{b="c"}[5m])) > 0.05 * max(d) and e == 0', ['a_total', 'd', 'e']],
    ['1 - absent(up{job="x"}) or on (job) time() - f_seconds', ['up', 'f_seconds']],
  ])('finds the metrics of %s', (expr, metrics) => {
    expect(metricsOf(expr)).toEqual(metrics);
  });
});
