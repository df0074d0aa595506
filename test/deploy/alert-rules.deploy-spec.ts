import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOY, promtool } from '../support/prometheus';

const RULES = join(DEPLOY, 'prometheus/rules');
const TESTS = join(DEPLOY, 'prometheus/tests');

const textOf = (folder: string): string =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');

describe('the deployed configuration of Prometheus', () => {
  it('is accepted by promtool, rules included', () => {
    const file = join(DEPLOY, 'prometheus/prometheus.yml');
    const { code, text } = promtool(['check', 'config', file]);
    expect([code, text]).toEqual([0, expect.stringContaining('1 rule files found')]);
  });

  it.each(readdirSync(RULES))('accepts the rules: %s', (name) => {
    const { code, text } = promtool(['check', 'rules', join(RULES, name)]);
    expect([code, text]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it.each(readdirSync(TESTS))('has alerts that fire exactly when they should: %s', (name) => {
    const { code, text } = promtool(['test', 'rules', join(TESTS, name)]);
    expect([code, text]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('tests that every alert fires and that it does not', () => {
    const cases = textOf(TESTS).split(/^ {2}- name: /m);
    const alerts = [...textOf(RULES).matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
    expect(alerts.length).toBeGreaterThan(10);
    for (const alert of alerts) {
      const own = cases.filter((text) => text.includes(`alertname: ${alert}\n`));
      const still = own.filter((text) => text.includes('exp_alerts: []'));
      expect([alert, still.length > 0, own.length > still.length]).toEqual([alert, true, true]);
    }
  });
});
