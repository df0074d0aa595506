import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOY } from '../support/prometheus';
import { readDashboard, type Panel } from '../support/promql';

const COLUMNS = 24;

describe('the Grafana dashboard', () => {
  const { panels, templating, ...dashboard } = readDashboard();
  const graphs = panels.filter(({ type }) => type !== 'row');

  it('has rows in order, from the overview to the process', () => {
    expect(dashboard).toMatchObject({ uid: 'push-service', title: 'Push service' });
    const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    expect(rows).toEqual(['Overview', 'Delivery', 'Dependencies', 'Queues', 'Process']);
  });

  it('has a unique id for each panel', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('has panels that neither overlap nor exceed the width', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS);
      for (const cell of cellsOf(gridPos)) {
        expect([cell, taken.get(cell)]).toEqual([cell, undefined]);
        taken.set(cell, title);
      }
    }
  });

  it.each(graphs)('has a description, a unit and a query for "$title"', (panel) => {
    const { description, fieldConfig, targets = [] } = panel;
    expect(description).toMatch(/\w+.*\.$/);
    expect(fieldConfig?.defaults.unit).toMatch(/\w/);
    expect(targets).not.toHaveLength(0);
    for (const { expr } of targets) expect(expr).toMatch(/\w/);
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
  });

  it('queries the chosen data source for the chosen instances', () => {
    const variables = templating.list.map(({ name, type }) => [name, type]);
    expect(variables).toEqual([
      ['datasource', 'datasource'],
      ['instance', 'query'],
    ]);
    for (const { datasource, targets = [] } of graphs) {
      for (const source of [datasource, ...targets.map((target) => target.datasource)]) {
        expect(source).toEqual({ type: 'prometheus', uid: '${datasource}' });
      }
    }
    expect(JSON.stringify(graphs)).toContain('$instance');
  });

  it('is in the folder that docker-compose mounts and its provider reads', () => {
    const provider = readFileSync(join(DEPLOY, 'grafana/dashboards.yml'), 'utf8');
    const compose = readFileSync(join(DEPLOY, '../docker-compose.yml'), 'utf8');
    expect(provider).toContain('path: /etc/grafana/dashboards');
    for (const mount of [
      './deploy/grafana/dashboards:/etc/grafana/dashboards:ro',
      './deploy/grafana/dashboards.yml:/etc/grafana/provisioning/dashboards/dashboards.yml:ro',
      './deploy/prometheus/rules:/etc/prometheus/rules:ro',
    ]) {
      expect(compose).toContain(mount);
    }
  });
});

function cellsOf({ x, y, w, h }: Panel['gridPos']): string[] {
  return Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`);
}
