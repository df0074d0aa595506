import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DEPLOY } from '../support/prometheus';
import { anchorsOf, proseOf } from './support/markdown';

/** The parts of a rules file that the tests read. */
interface Rules {
  groups: { rules: { alert: string; annotations: { runbook_url: string } }[] }[];
}

const RUNBOOK = 'docs/operations.md';
const FOLDER = join(DEPLOY, 'prometheus/rules');

const alerts = readdirSync(FOLDER)
  .map((name) => parse(readFileSync(join(FOLDER, name), 'utf8')) as Rules)
  .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));

/** The text below each heading of the runbook, by its anchor. */
const sections = new Map(
  proseOf(RUNBOOK)
    .split(/^(?=#{1,6} )/m)
    .map((text, index) => [anchorsOf(RUNBOOK)[index], text]),
);

it.each(alerts)(
  '$alert links to the section of the runbook that names it',
  ({ alert, annotations }) => {
    const [file, anchor] = annotations.runbook_url.split('#');
    expect(file).toBe(RUNBOOK);
    expect(sections.get(anchor)).toContain(`\`${alert}\``);
  },
);

it.each([RUNBOOK, 'docs/metrics.md'])('%s names every alert, and no others', (page) => {
  const named = [...proseOf(page).matchAll(/`(Push[A-Z]\w+)`/g)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(alerts.map(({ alert }) => alert)));
});
