import { jumps, NOT_LINEAR, type Step } from '../figures/growth';
import type { Contender } from '../harness/contender';
import { playRound } from '../harness/round';
import { adminPause } from './admin-pause';
import type { Bench, Row, RowReport } from './row';

/** Something that grows, and what one unit of work costs as it does. */
interface Growth {
  what: string;
  sizes: readonly number[];
  /** @param nominal a size, of a full run @param full notifications of a round */
  plan: (nominal: number, full: number) => Plan;
}

interface Plan {
  /** Of what grows, as it is in this run. */
  size: number;
  notifications: number;
  users: number;
  devicesEach: number;
  /** Whether all of it waits in the queue before the first is taken. */
  heldBack: boolean;
}

const CAP_MS = 120_000;
const USERS = 1000;
const ADMIN_KEY = 'bench-bench-bench-bench';
/** Notifications of a round for which the sizes below hold; where rounds are smaller, so are they. */
const FULL_ROUND = 20_000;
/** Every size costs a round, so that it is a shorter one. */
const SHARE_OF_ROUND = 1 / 2;

const GROWTHS: readonly Growth[] = [
  {
    what: 'backlog',
    sizes: [1000, 10_000, 100_000],
    plan: (nominal, full) => {
      const size = Math.ceil((nominal * full) / FULL_ROUND);
      return { size, notifications: size, users: USERS, devicesEach: 1, heldBack: true };
    },
  },
  {
    what: 'users',
    sizes: [1, 1000, 100_000],
    plan: (nominal, full) => {
      const size = Math.ceil((nominal * full) / FULL_ROUND);
      const notifications = Math.max(size, full * SHARE_OF_ROUND);
      return { size, notifications, users: size, devicesEach: 1, heldBack: false };
    },
  },
  {
    what: 'devices of a user',
    sizes: [1, 5, 20, 100],
    plan: (devicesEach, full) => ({
      size: devicesEach,
      notifications: Math.max(20, Math.ceil((full * SHARE_OF_ROUND) / devicesEach)),
      users: USERS,
      devicesEach,
      heldBack: false,
    }),
  },
];

/** Whether twice the work costs twice as much, however much of it there is. */
export const linearity: Row = {
  name: 'linearity',
  title: 'the cost of one device as backlog, users and devices of a user grow',
  quick: false,
  measure,
};

async function measure({ arena, settings, report }: Bench): Promise<RowReport> {
  const lines: string[][] = [];
  const problems: string[] = [];
  const detail: Record<string, Step[]> = {};
  let found = 0;
  const entry = { kind: 'service', env: { ADMIN_API_KEYS: `bench:${ADMIN_KEY}` } } as const;
  await arena.with([entry], 1, async ([contender]) => {
    if (!contender) return;
    const warmUp = { notifications: settings.warmUp, users: USERS, devicesEach: 1 };
    await cost(contender, { ...warmUp, heldBack: false });
    for (const { what, sizes, plan } of GROWTHS) {
      const steps: Step[] = [];
      for (const nominal of sizes) {
        const planned = plan(nominal, settings.notifications);
        const { size } = planned;
        const step = await cost(contender, planned);
        steps.push({ size, cost: step.cpuUs });
        const flag = jumps(steps).some((jump) => jump.size === size) ? 'NOT LINEAR' : '';
        if (flag) found += 1;
        lines.push([what, String(size), step.rate.toFixed(0), step.cpuUs.toFixed(0), flag]);
        report(`${what} ${size}: ${step.cpuUs.toFixed(0)} us`);
        problems.push(...step.problems);
      }
      detail[what] = steps;
    }
  });
  return {
    columns: ['what grows', 'size', 'sends/s', 'CPU us a send', ''],
    lines,
    figures: { 'not linear': found },
    problems,
    notes: [`NOT LINEAR: more than ${NOT_LINEAR} times the cost of the step before`],
    detail,
  };

  /** One round; its rate and cost are those of one device. */
  async function cost(
    contender: Contender,
    { heldBack, devicesEach, notifications, users }: Omit<Plan, 'size'>,
  ): Promise<{ rate: number; cpuUs: number; problems: string[] }> {
    const pause = adminPause(contender.url, ADMIN_KEY);
    const plan = { notifications, users, devicesEach, latencyMs: 0, capMs: CAP_MS };
    if (heldBack) await pause.begin();
    const round = await playRound(arena, contender, plan, () =>
      heldBack ? pause.end() : Promise.resolve(),
    );
    return {
      rate: round.rate * devicesEach,
      cpuUs: round.cpuUs / devicesEach,
      problems: round.problems,
    };
  }
}
