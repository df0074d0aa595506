import { median } from '../figures/percentiles';
import type { Entry } from '../harness/launches';
import { playRound, type Round, type RoundPlan } from '../harness/round';
import type { Bench, Row, RowReport } from './row';

/** A comparison under full load. */
export interface Comparison {
  name: string;
  title: string;
  entries: readonly Entry[];
  latencyMs: number;
  /** Pairs of labels whose rates and CPU are compared. */
  ratios: readonly (readonly [of: string, to: string])[];
}

const USERS = 1000;
const COLUMNS = [
  'contender',
  'notifications/s',
  'min',
  'max',
  'CPU us',
  'RSS MB',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  '',
];

/** Contenders side by side, one after the other in each round, so that what slows the machine slows all of them. */
export function comparison(plan: Comparison): Row {
  const { name, title } = plan;
  return { name, title, quick: true, measure: (bench) => compare(bench, plan) };
}

async function compare(bench: Bench, plan: Comparison): Promise<RowReport> {
  const { arena, settings, report } = bench;
  const { entries, latencyMs } = plan;
  const rounds = new Map<string, Round[]>();
  const problems: string[] = [];
  const full: RoundPlan = {
    notifications: settings.notifications,
    devicesEach: 1,
    users: USERS,
    latencyMs,
    capMs: settings.capMs,
  };
  await arena.with(entries, 1, async (contenders) => {
    for (const contender of contenders) {
      const { problems: found } = await playRound(arena, contender, full);
      problems.push(...found);
      rounds.set(contender.label, []);
    }
    for (let at = 0; at < settings.rounds; at += 1) {
      for (const contender of contenders) {
        const round = await playRound(arena, contender, full);
        rounds.get(contender.label)?.push(round);
        problems.push(...round.problems);
        report(`${contender.label}: ${round.rate.toFixed(0)}/s, ${round.cpuUs.toFixed(0)} us`);
      }
    }
  });
  return {
    columns: COLUMNS,
    lines: [...rounds].map(([label, played]) => lineOf(label, played)),
    figures: figuresOf(rounds, plan.ratios),
    problems,
    notes: [
      'medians; latency under load is mostly the wait in the queue',
      ...([...rounds.values()].flat().some(({ capped }) => capped)
        ? ['* cut short when its time was over; the rate is that of what was done until then']
        : []),
    ],
    detail: { ...full, rounds: Object.fromEntries(rounds) },
  };
}

function lineOf(label: string, rounds: readonly Round[]): string[] {
  const rates = rounds.map(({ rate }) => rate);
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  return [
    label,
    middle(({ rate }) => rate).toFixed(0),
    Math.min(...rates).toFixed(0),
    Math.max(...rates).toFixed(0),
    middle(({ cpuUs }) => cpuUs).toFixed(0),
    Math.max(...rounds.map(({ rssMb }) => rssMb)).toFixed(0),
    middle(({ latencyMs }) => latencyMs.p50).toFixed(0),
    middle(({ latencyMs }) => latencyMs.p95).toFixed(0),
    middle(({ latencyMs }) => latencyMs.p99).toFixed(0),
    rounds.some(({ capped }) => capped) ? '*' : '',
  ];
}

/** Medians of each contender, and the ratios of medians. */
function figuresOf(
  rounds: ReadonlyMap<string, readonly Round[]>,
  ratios: Comparison['ratios'],
): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [label, played] of rounds) {
    figures[`${label} rate`] = median(played.map(({ rate }) => rate));
    figures[`${label} CPU`] = median(played.map(({ cpuUs }) => cpuUs));
  }
  for (const [of, to] of ratios) {
    for (const what of ['rate', 'CPU']) {
      const [above = NaN, below = NaN] = [figures[`${of} ${what}`], figures[`${to} ${what}`]];
      figures[`${of}/${to} ${what}`] = above / below;
    }
  }
  return figures;
}
