import { gather } from './audit/evidence';
import { judge, type Verdict } from './audit/verdict';
import type { Scenario } from './scenario';
import { Load } from './world/load';
import { randomOf } from './world/random';
import type { World } from './world/world';

const SETTLE_MS = 90_000;

/** A scenario and how it went. */
export interface Result extends Verdict {
  name: string;
  seconds: number;
}

/** Runs one scenario in a world that is at rest, and leaves it so. */
export async function runScenario(world: World, scenario: Scenario, seed: number): Promise<Result> {
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
  const stage = { world, load, random: randomOf(seed) };
  load.start();
  await scenario.run(stage);
  const liftedAt = Date.now();
  await load.end();
  await load.close();
  const evidence = await gather(world, load, settleMs);
  const verdict = judge(world, load, evidence, liftedAt, allows);
  verdict.broken.push(...((await scenario.check?.(evidence, stage)) ?? []));
  return { name, ...verdict, seconds: (Date.now() - startedAt) / 1000 };
}
