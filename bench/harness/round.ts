import { setTimeout as sleep } from 'node:timers/promises';
import { latencyOf, type Latency } from '../figures/percentiles';
import { sharedClock, type Progress } from '../stubs/receipts';
import type { Arena } from './arena';
import type { Contender } from './contender';
import { Load } from './load';

const LOOK_MS = 50;
/** Without any progress for so long at its end, a round has not been cut short: something is lost. */
const STALLED_US = 2_000_000;
/** Within so long after the last receipt every status has to be there. */
const STATUSES_MS = 10_000;
/** After the last status until CPU time is read: what is put off and done in batches belongs to the notifications too. */
const SETTLE_MS = 400;

export interface RoundPlan {
  notifications: number;
  devicesEach: number;
  users: number;
  latencyMs: number;
  /** Ends the round before all is done; the rate is that of what was done. */
  capMs: number;
}

/** What one contender did in one round. */
export interface Round {
  /** Notifications a second, from the first receipt to the last. */
  rate: number;
  /** CPU time of one notification, user and system, in microseconds. */
  cpuUs: number;
  rssMb: number;
  latencyMs: Latency;
  done: number;
  capped: boolean;
  problems: string[];
}

let played = 0;

/**
 * Publishes notifications for a contender that is ready, and waits until all of it is done.
 * @param published called when all of them are in the queue
 */
export async function playRound(
  arena: Arena,
  contender: Contender,
  plan: RoundPlan,
  published: () => Promise<void> = () => Promise.resolve(),
): Promise<Round> {
  const { names, entry, label } = contender;
  const { notifications, devicesEach } = plan;
  played += 1;
  const prefix = `${arena.run}-${played}-`;
  const load = new Load(prefix, notifications, plan.users, entry.kind === 'typical');
  await arena.begin({ prefix, notifications, devicesEach }, plan.latencyMs);

  const cpuBefore = contender.cpuUs;
  const deadline = Date.now() + plan.capMs;
  await arena.broker.publish(names, load.messages());
  await published();
  const { progress, statuses } = await finished(arena, contender, plan, deadline);
  const capped = progress.complete < notifications;
  if (!capped) await sleep(SETTLE_MS);
  const cpu = contender.cpuUs - cpuBefore;

  const round: Round = {
    rate: progress.complete / ((progress.lastAt - progress.firstAt) / 1e6),
    cpuUs: cpu / progress.complete,
    rssMb: contender.rssMb,
    latencyMs: latencyOf(load.publishedAt, await arena.receivedAt()),
    done: progress.complete,
    capped,
    problems: problemsOf(progress, statuses, notifications).map((what) => `${label}: ${what}`),
  };
  await empty(arena, contender, plan.latencyMs);
  return round;
}

interface Finish {
  progress: Progress;
  statuses: number;
}

/** Resolves when FCM has everything and every status is there, or at the deadline. */
async function finished(
  arena: Arena,
  contender: Contender,
  { notifications }: RoundPlan,
  deadline: number,
): Promise<Finish> {
  const { names } = contender;
  for (;;) {
    contender.assertAlive();
    const progress = await arena.progress();
    const statuses = await arena.broker.depth(names.statusQueue);
    if (progress.complete >= notifications && statuses >= notifications) {
      return { progress, statuses };
    }
    // What FCM has had by then is not cut short: its statuses are on their way.
    const grace = progress.complete >= notifications ? STATUSES_MS : 0;
    if (Date.now() > deadline + grace) {
      if (progress.complete > 0) return { progress, statuses };
      throw new Error(`${contender.label} has not sent a single notification`);
    }
    await sleep(LOOK_MS);
  }
}

/** What makes a round worthless. */
function problemsOf(progress: Progress, statuses: number, notifications: number): string[] {
  const { complete, tooMany, lastAt } = progress;
  const problems: string[] = [];
  if (tooMany > 0) problems.push(`${tooMany} shown twice`);
  if (complete < notifications) {
    if (sharedClock() - lastAt > STALLED_US) {
      problems.push(`${notifications - complete} of ${notifications} never came`);
    }
  } else if (statuses < notifications) {
    problems.push(`${notifications - statuses} of ${notifications} statuses never came`);
  }
  return problems;
}

/** Leaves nothing of a round for the next one. */
async function empty(arena: Arena, { names }: Contender, latencyMs: number): Promise<void> {
  await arena.broker.purge(names.pushQueue);
  for (let before = -1; ;) {
    const statuses = await arena.broker.depth(names.statusQueue);
    if (statuses === before) break;
    before = statuses;
    await sleep(SETTLE_MS + latencyMs);
  }
  await arena.broker.purge(names.statusQueue);
}
