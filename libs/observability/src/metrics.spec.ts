import { Counter } from 'prom-client';
import { Metrics } from './metrics';

describe('Metrics', () => {
  it('keeps the metrics of two apps of one process apart', async () => {
    const [one, two] = [new Metrics(), new Metrics()];
    const [counter] = [one, two].map(
      ({ registry }) =>
        new Counter({ name: 'things_total', help: 'Things', registers: [registry] }),
    );
    counter?.inc();
    expect(await one.registry.metrics()).toContain('things_total 1');
    expect(await two.registry.metrics()).toContain('things_total 0');
  });

  it('adds the metrics of the process once, however often it is asked to', async () => {
    const [one, two] = [new Metrics(), new Metrics()];
    expect(await one.registry.metrics()).not.toContain('process_cpu_seconds_total');
    for (const metrics of [one, one, two]) metrics.collectProcessMetrics();
    expect(await one.registry.metrics()).toContain('process_cpu_seconds_total');
    expect(await two.registry.metrics()).toContain('process_cpu_seconds_total');
  });

  it('has no gauge with the name of a counter', async () => {
    const metrics = new Metrics();
    metrics.collectProcessMetrics();
    const page = await metrics.registry.metrics();
    expect(page).toMatch(/^# TYPE nodejs_active_handles gauge$/m);
    expect(page).not.toMatch(/^# TYPE \w+_total gauge$/m);
  });
});
