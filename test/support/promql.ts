import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOY } from './prometheus';

/** Keywords of PromQL that could be taken for names of metrics. */
const KEYWORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'bool']);

/** Names of all metrics that an expression reads. */
export function metricsOf(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  const words = bare.matchAll(/\b[A-Za-z_:][\w:]*\b(?!\s*\()/g);
  return [...new Set([...words].map(([word]) => word))].filter((word) => !KEYWORDS.has(word));
}

/** The parts of a panel that the tests read. */
export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { refId: string; expr: string; datasource: { type: string; uid: string } }[];
}

export interface Dashboard {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: { name: string; type: string; query: unknown }[] };
}

export function readDashboard(): Dashboard {
  const file = join(DEPLOY, 'grafana/dashboards/push-service.json');
  return JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
}

/** Every expression of the dashboard with the title of its panel, its variables filled in as Grafana does. */
export function dashboardQueries(): { title: string; expr: string }[] {
  return readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m'),
    })),
  );
}
