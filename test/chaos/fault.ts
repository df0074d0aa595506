import { setTimeout as sleep } from 'node:timers/promises';
import type { Allowance } from './audit/allowance';
import type { Scenario, Stage } from './scenario';
import type { App } from './world/app';

/** Something that breaks and is mended again. */
export interface Fault extends Pick<Scenario, 'load' | 'push' | 'settleMs'> {
  name: string;
  inject: (stage: Stage) => Promise<void>;
  lift: (stage: Stage) => Promise<void>;
  /** What is wrong where the fault has done nothing; looked at before it is lifted. */
  hasNotBitten?: (stage: Stage) => string | undefined;
  /** Milliseconds between the two. @default 2500 */
  holdMs?: number;
  allows?: Allowance;
  /** What is allowed beside that when a process has to end meanwhile. */
  allowsAtSigterm?: Allowance;
}

/** Share of the load that is accepted when a fault begins. */
const BEGINS_AT = 0.25;
const HOLD_MS = 2500;
/** Longest that a push-service may take to end, its drain included. */
const END_WITHIN_MS = 15_000;

/** What happens to the push-services while something else is broken. */
type Disturbance = (stage: Stage, holdMs: number) => Promise<void>;

const none: Disturbance = async (_stage, holdMs) => {
  await sleep(holdMs);
};

/** Each instance is killed once, and started again. */
const killed: Disturbance = async ({ world }, holdMs) => {
  for (const app of world.push) {
    await sleep(holdMs / (world.push.length + 1));
    app.kill();
  }
  await sleep(holdMs / (world.push.length + 1));
};

/** One instance is asked to end, and has to, whatever is broken. */
const terminated: Disturbance = async (stage, holdMs) => {
  await sleep(holdMs / 2);
  const [app] = stage.world.push;
  await Promise.all([app && terminate(app, stage), sleep(holdMs / 2)]);
};

/** The scenarios of one fault: by itself, with SIGKILLs, and with a SIGTERM. */
export function scenariosOf(fault: Fault): Scenario[] {
  return [
    scenario(fault, '', none),
    scenario(fault, ' + SIGKILL', killed, { mayResend: 'killed' }),
    scenario(fault, ' + SIGTERM', terminated, fault.allowsAtSigterm),
  ];
}

function scenario(
  { name, inject, lift, hasNotBitten, holdMs = HOLD_MS, allows, load, push, settleMs }: Fault,
  suffix: string,
  disturb: Disturbance,
  alsoAllows: Allowance = {},
): Scenario {
  return {
    name: name + suffix,
    load,
    push,
    settleMs,
    allows: { ...alsoAllows, ...allows },
    run: async (stage) => {
      await stage.load.until(BEGINS_AT);
      await inject(stage);
      await disturb(stage, holdMs);
      const harmless = hasNotBitten?.(stage);
      if (harmless !== undefined) stage.world.incidents.push(harmless);
      await lift(stage);
      // An orchestrator starts another in the place of one that was asked to end.
      for (const app of stage.world.push) app.begin();
    },
  };
}

/** SIGTERM, and exit code 0 in time. Anything else is a broken promise. */
export async function terminate(app: App, { world }: Pick<Stage, 'world'>): Promise<void> {
  const startedAt = Date.now();
  const how = await app.terminate();
  const took = Date.now() - startedAt;
  if (how !== 'exit code 0')
    world.incidents.push(`${app.launch.name} ended on SIGTERM with ${how}`);
  else if (took > END_WITHIN_MS) {
    world.incidents.push(`${app.launch.name} took ${took} ms to end on SIGTERM`);
  }
}
