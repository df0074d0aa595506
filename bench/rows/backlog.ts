import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena } from '../harness/arena';
import type { Contender } from '../harness/contender';
import { Load } from '../harness/load';
import type { Bench, Row, RowReport } from './row';

const LOOK_MS = 1000;
const USERS = 100_000;
const STALLED_MS = 60_000;
/** Statuses that are let lie in their queue. */
const MOST_STATUSES = 50_000;

/** What the queue was like at a time. */
interface Depth {
  seconds: number;
  waiting: number;
  rssMb: number;
}

/** How a long queue is worked off by a service that was away. */
export const backlog: Row = {
  name: 'backlog',
  title: 'a million notifications wait before the service starts: how it drains them',
  quick: false,
  measure,
};

async function measure({ arena, settings, tell }: Bench): Promise<RowReport> {
  const size = settings.backlogSize;
  const contender = await arena.enter({ kind: 'service' });
  const problems: string[] = [];
  try {
    // It declares its own queues, with the arguments of its guarantees.
    await contender.start();
    await contender.stop();
    const prefix = `${arena.run}-backlog-`;
    await arena.begin({ prefix, notifications: size, devicesEach: 1 }, 0);
    const load = new Load(prefix, size, USERS, false);
    await arena.broker.publish(contender.names, load.messages());
    tell(`${size} are waiting`);
    const depths = await drain(arena, contender, size, tell);
    const { complete, tooMany } = await arena.progress();
    if (complete < size) problems.push(`${size - complete} of ${size} never came`);
    if (tooMany > 0) problems.push(`${tooMany} shown twice`);
    const thirds = ratesOfThirds(await arena.receivedAt());
    return {
      columns: ['', 'first third /s', 'second third /s', 'last third /s', 'most RSS MB'],
      lines: [
        [
          `${size} drained`,
          ...thirds.map((rate) => rate.toFixed(0)),
          Math.max(...depths.map(({ rssMb }) => rssMb)).toFixed(0),
        ],
      ],
      figures: { 'last/first rate': (thirds[2] ?? NaN) / (thirds[0] ?? NaN) },
      problems,
      notes: [],
      detail: { thirds, depths },
    };
  } finally {
    await arena.leave(contender);
  }
}

/** Starts the contender and looks on until all is done. */
async function drain(
  arena: Arena,
  contender: Contender,
  size: number,
  tell: Bench['tell'],
): Promise<Depth[]> {
  const { pushQueue, statusQueue } = contender.names;
  const depths: Depth[] = [];
  const began = performance.now();
  await contender.start();
  let before = -1;
  let advancedAt = Date.now();
  for (;;) {
    const { complete } = await arena.progress();
    const waiting = await arena.broker.depth(pushQueue);
    const seconds = (performance.now() - began) / 1000;
    depths.push({ seconds, waiting, rssMb: contender.rssMb });
    tell(`${seconds.toFixed(0)} s: ${waiting} are waiting`);
    if (complete > before) advancedAt = Date.now();
    before = complete;
    if (complete >= size || Date.now() - advancedAt > STALLED_MS) return depths;
    if ((await arena.broker.depth(statusQueue)) > MOST_STATUSES) {
      await arena.broker.purge(statusQueue);
    }
    await sleep(LOOK_MS);
  }
}

/** Receipts a second in the first, the second and the last third of them. */
export function ratesOfThirds(receivedAt: Float64Array): number[] {
  const sorted = receivedAt.toSorted().filter((at) => at > 0);
  return [0, 1, 2].map((third) => {
    const from = Math.floor((sorted.length * third) / 3);
    const to = Math.floor((sorted.length * (third + 1)) / 3) - 1;
    return (to - from) / (((sorted[to] ?? NaN) - (sorted[from] ?? NaN)) / 1e6);
  });
}
