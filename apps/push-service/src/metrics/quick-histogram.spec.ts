import { Histogram, Registry } from 'prom-client';
import { QuickHistogram } from './quick-histogram';

const BUCKETS = [0.005, 0.1, 0.5, 1, 60];
const STEPS = ['one', 'two', 'never'] as const;

describe('QuickHistogram', () => {
  let quick: Registry;
  let slow: Registry;

  beforeEach(() => {
    quick = new Registry();
    slow = new Registry();
  });

  /** The page of text, and the figures as objects. */
  const shown = async (registry: Registry): Promise<unknown> => [
    await registry.metrics(),
    (await registry.getMetricsAsJSON()).map((metric) => ({ ...metric, collect: undefined })),
  ];

  it('shows what a histogram of prom-client shows, whatever is observed', async () => {
    const options = { name: 'a_seconds', help: 'A', labelNames: ['step'], buckets: BUCKETS };
    const one = new QuickHistogram({ ...options, registers: [quick] });
    const other = new Histogram({ ...options, registers: [slow] });
    const series = new Map(STEPS.map((step) => [step, one.series({ step })]));
    expect(await shown(quick)).toEqual(await shown(slow));
    for (let n = 0; n < 2000; n += 1) {
      const step = STEPS[n % 2] ?? 'one';
      const value = n % 5 === 0 ? (BUCKETS[n % BUCKETS.length] ?? 0) : Math.random() ** 4 * 100;
      series.get(step)?.observe(value);
      other.observe({ step }, value);
      if (n % 500 === 0) expect(await shown(quick)).toEqual(await shown(slow));
    }
    expect(await shown(quick)).toEqual(await shown(slow));
  });

  it('shows one without labels before there is anything to show', async () => {
    const options = { name: 'a_seconds', help: 'A', buckets: BUCKETS };
    const series = new QuickHistogram({ ...options, registers: [quick] }).series({});
    const other = new Histogram({ ...options, registers: [slow] });
    expect(await shown(quick)).toEqual(await shown(slow));
    for (const value of [0, -1, 0.1, 61]) {
      series.observe(value);
      other.observe(value);
    }
    expect(await shown(quick)).toEqual(await shown(slow));
  });

  it.each([NaN, Infinity])('refuses %d, as prom-client does', (value) => {
    const series = new QuickHistogram({
      name: 'a',
      help: 'A',
      buckets: BUCKETS,
      registers: [quick],
    });
    expect(() => series.series({}).observe(value)).toThrow(TypeError);
  });
});
