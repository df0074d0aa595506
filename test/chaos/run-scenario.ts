import { gather } from './audit/evidence';
import { judge, type Verdict } from './audit/verdict';
import type { Scenario } from './scenario';
import { Load } from './world/load';
import type { World } from './world/world';

const SETTLE_MS = 90_000;

/** A scenario and how it went. */
export interface Result extends Verdict {
  name: string;
  seconds: number;
  /** What was broken and when, in seconds from the start; where the course is not fixed. */
  course: string[];
  /** Whether it went as it should: nothing was broken, or what was broken on purpose has been noticed. */
  ok: boolean;
}

/** Runs one scenario in a world that is at rest, and leaves it so. */
export async function runScenario(world: World, scenario: Scenario): Promise<Result> {
  const startedAt = Date.now();
  const { name, allows = {}, settleMs = SETTLE_MS } = scenario;
  await world.clear();
  await scenario.prepare?.({ world });
  await world.ensurePush(scenario.push ?? {}, scenario.startsInTrouble);
  const load = new Load(world, {
    requests: 1000,
    rate: 200,
    ...scenario.load,
    name: `${name.replace(/[^a-z0-9]+/gi, '-')}-${startedAt.toString(36)}`,
  });
  const course: string[] = [];
  const seconds = (): number => (Date.now() - startedAt) / 1000;
  const tell = (what: string): void => void course.push(`${seconds().toFixed(1)} s ${what}`);
  const stage = { world, load, tell };
  load.start();
  await scenario.run(stage);
  const liftedAt = Date.now();
  await load.end();
  await load.close();
  const evidence = await gather(world, load, settleMs);
  const verdict = judge(world, load, evidence, liftedAt, allows);
  verdict.broken.push(...((await scenario.check?.(evidence, stage)) ?? []));
  return { name, ...verdict, seconds: seconds(), course, ok: isOk(scenario, verdict.broken) };
}

function isOk({ notices }: Scenario, broken: readonly string[]): boolean {
  return notices ? broken.some((problem) => notices.test(problem)) : broken.length === 0;
}
