import type { RowReport } from '../rows/row';
import { rows } from '../rows';
import { compareWithBudget, targets, targetLines, type Target } from './targets';

const report = (figures: Record<string, number>): RowReport => ({
  columns: [],
  lines: [],
  figures,
  problems: [],
  notes: [],
  detail: {},
});

const wanted: Target[] = [
  { row: 'a', figure: 'rate', says: 'rate', atLeast: 0.8 },
  { row: 'a', figure: 'CPU', says: 'CPU', atMost: 1.3 },
  { row: 'a', figure: 'RSS', says: 'RSS', below: 200 },
];

describe('compareWithBudget', () => {
  it.each([
    [{ rate: 0.8, CPU: 1.3, RSS: 199 }, [true, true, true]],
    [{ rate: 0.79, CPU: 1.31, RSS: 200 }, [false, false, false]],
    [{ rate: 2 }, [true, false, false]],
    [{ rate: NaN, CPU: 0, RSS: 0 }, [false, true, true]],
  ])('finds %j to be %j', (figures, expected) => {
    const verdicts = compareWithBudget(new Map([['a', report(figures)]]), wanted);
    expect(verdicts.map(({ met }) => met)).toEqual(expected);
  });

  it('says nothing of rows that were not measured', () => {
    expect(compareWithBudget(new Map([['b', report({ rate: 0 })]]), wanted)).toEqual([]);
  });
});

describe('targets', () => {
  it('are set for rows that there are', () => {
    const names = rows.map(({ name }) => name);
    expect(targets.filter(({ row }) => !names.includes(row))).toEqual([]);
  });

  it('are shown with what was wanted, what was measured, and whether that will do', () => {
    const verdicts = compareWithBudget(new Map([['a', report({ rate: 0.512 })]]), wanted);
    expect(targetLines(verdicts)).toEqual([
      ['rate', '>= 0.8', '0.51', 'MISSED'],
      ['CPU', '<= 1.3', 'not measured', 'MISSED'],
      ['RSS', '< 200', 'not measured', 'MISSED'],
    ]);
  });
});
