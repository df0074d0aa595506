import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { emptyVerdict } from './audit/verdict';
import { runScenario, type Result } from './run-scenario';
import type { Scenario } from './scenario';
import { scenarios } from './scenarios';
import { CAUGHT_BY, mutated } from './scenarios/mutations';
import { randomRound } from './scenarios/random-round';
import { row, table } from './table';
import { Worlds } from './worlds';
import type { Builds } from './world/push-launch';

const { values: options } = parseArgs({
  options: {
    /** Only scenarios whose name this regular expression finds. @default all */
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    random: { type: 'boolean', default: false },
    /** Breaks one mechanism after the other, and wants each to be noticed. */
    mutations: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    /** Folder of the run's data and logs; emptied first. */
    dir: { type: 'string' },
    product: { type: 'string' },
    mortal: { type: 'string' },
  },
});

const seed = Number(options.seed);
const dir = options.dir ?? join('.services', 'chaos', 'run');
const builds: Builds = {
  product: options.product ?? 'dist',
  mortal: options.mortal ?? join('.services', 'chaos', 'build'),
};

/** The scenarios of this run, one after the other; in random mode for as long as was asked. */
function* planned(): Generator<Scenario> {
  const only = new RegExp(options.only);
  if (options.mutations) {
    for (const mutation of Object.keys(CAUGHT_BY)) {
      if (only.test(mutation)) yield mutated(scenarios, mutation);
    }
    return;
  }
  if (!options.random) {
    yield* scenarios.filter(({ name }) => only.test(name));
    return;
  }
  const endsAt = Date.now() + Number(options.minutes) * 60_000;
  for (let round = 1; Date.now() < endsAt; round += 1) yield randomRound(round, seed + round);
}

async function main(): Promise<number> {
  if (options.list) {
    console.log(scenarios.map(({ name }) => name).join('\n'));
    return 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => process.exit(130));
  rmSync(dir, { recursive: true, force: true });
  const results: Result[] = [];
  const worlds = new Worlds(dir, builds);
  for (const scenario of planned()) {
    const result = await attempt(worlds, scenario);
    results.push(result);
    console.log(row(result));
    for (const problem of result.broken.slice(0, 10)) console.log(`    ${problem}`);
    if (result.broken.length > 0) for (const step of result.course) console.log(`      ${step}`);
    // What a broken promise has left behind must not break the next one.
    if (result.broken.length > 0) await worlds.leave();
  }
  await worlds.leave();
  report(results);
  const failed = results.filter(({ ok }) => !ok).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed > 0 || results.length === 0 ? 1 : 0;
}

/** A scenario that cannot be carried out is a broken one. */
async function attempt(worlds: Worlds, scenario: Scenario): Promise<Result> {
  try {
    return await runScenario(await worlds.for(scenario), scenario);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const broken = [`could not be carried out: ${why}`];
    return { ...emptyVerdict(), name: scenario.name, seconds: 0, course: [], ok: false, broken };
  }
}

function report(results: readonly Result[]): void {
  console.log(`\n${table(results)}\n`);
  const sum = (of: (result: Result) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  console.log(
    `${results.length} scenarios, ${sum(({ requests }) => requests)} requests: ` +
      `${sum(({ lost }) => lost)} lost, ${sum(({ shownTwice }) => shownTwice)} shown twice, ` +
      `${sum(({ sentTwice }) => sentTwice)} sent twice; seed ${seed}`,
  );
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'results.json'), JSON.stringify({ seed, results }, null, 2));
}

void main().then((code) => process.exit(code));
