import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowReport, Settings } from '../rows/row';
import type { Machine } from './machine';
import { renew, write, type Findings } from './publish';

const report = (value: number): RowReport => ({
  columns: ['', 'ms'],
  lines: [['start to ready', String(value)]],
  figures: { 'ready ms': value },
  problems: [],
  notes: [],
  detail: [],
});

describe('results that are kept', () => {
  const dir = mkdtempSync(join(tmpdir(), 'bench-'));
  const results = join(dir, 'latest.json');
  const picture = join(dir, 'bench.svg');
  const findings = (commit: string, soakSize: number, start: number, more = {}): Findings => ({
    machine: { commit } as Machine,
    settings: { soakSize } as Settings,
    reports: new Map(Object.entries({ start: report(start), ...more })),
    verdicts: [],
  });
  const kept = (): object => JSON.parse(readFileSync(results, 'utf8')) as object;

  afterAll(() => rmSync(dir, { recursive: true }));

  it('has measured rows take the places of earlier ones, judges again, and tells of what each is', () => {
    write(findings('old', 10, 9999, { other: report(1) }), results, picture);
    renew(findings('new', 10, 1), results, picture);
    expect(kept()).toMatchObject({
      machine: { commit: 'old' },
      rows: {
        start: { figures: { 'ready ms': 1 }, machine: { commit: 'new' } },
        other: { figures: { 'ready ms': 1 } },
      },
    });
    expect(kept()).not.toHaveProperty('rows.other.machine');
    expect(kept()).toHaveProperty(
      'verdicts',
      expect.arrayContaining([expect.objectContaining({ value: 1, met: true })]),
    );
  });

  it('refuses rows of another size', () => {
    write(findings('old', 10, 1), results, picture);
    expect(() => renew(findings('new', 20, 1), results, picture)).toThrow('rows of another size');
  });
});
