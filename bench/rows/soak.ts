import { setTimeout as sleep } from 'node:timers/promises';
import { slope, warmedUp, type Sample } from '../figures/slope';
import type { Arena } from '../harness/arena';
import type { Contender } from '../harness/contender';
import { Load } from '../harness/load';
import type { Bench, Row, RowReport } from './row';

/** Readings of a full soak are ten seconds apart. */
const EVERY_MS = 10_000;
/** A small one, which is for trying things out, has at least so many. */
const LEAST_READINGS = 12;
const EXPECTED_RATE = 2000;
const STEP = 500;
/** Published and not sent yet, at most: the broker stays small, and nothing ever waits for work. */
const WAITING = 3000;
const LOOK_MS = 25;
const USERS = 100_000;
const SECONDS_PER_MINUTE = 60;
const STALLED_MS = 30_000;

/** Whether memory stays where it is. */
export const soak: Row = {
  name: 'soak',
  title: 'the service under steady load: memory over a million notifications',
  quick: false,
  measure,
};

async function measure({ arena, settings, report }: Bench): Promise<RowReport> {
  const size = settings.soakSize;
  const everyMs = Math.min(EVERY_MS, ((size / EXPECTED_RATE) * 1000) / LEAST_READINGS);
  const samples: Sample[] = [];
  const problems: string[] = [];
  let seconds = 0;
  await arena.with([{ kind: 'service' }], 1, async ([contender]) => {
    if (!contender) return;
    const began = performance.now();
    const read = async (): Promise<void> => {
      const sample = { seconds: (performance.now() - began) / 1000, value: contender.rssMb };
      samples.push(sample);
      report(`${sample.seconds.toFixed(0)} s: ${sample.value.toFixed(0)} MB`);
      // Else the statuses of the whole soak would lie in the broker.
      await arena.broker.purge(contender.names.statusQueue);
    };
    const { complete, tooMany } = await steadily(arena, contender, size, { everyMs, read });
    seconds = (performance.now() - began) / 1000;
    if (complete < size) problems.push(`${size - complete} of ${size} never came`);
    if (tooMany > 0) problems.push(`${tooMany} shown twice`);
  });
  const perMinute = slope(warmedUp(samples)) * SECONDS_PER_MINUTE;
  const most = Math.max(...samples.map(({ value }) => value));
  return {
    columns: ['notifications', 'minutes', 'notifications/s', 'most RSS MB', 'slope MB/min'],
    lines: [
      [
        String(size),
        (seconds / SECONDS_PER_MINUTE).toFixed(1),
        (size / seconds).toFixed(0),
        most.toFixed(0),
        perMinute.toFixed(2),
      ],
    ],
    figures: { 'most RSS MB': most, 'slope MB/min': perMinute },
    problems,
    notes: [
      `RSS every ${(everyMs / 1000).toFixed(1)} s; the slope is that of the straight line through the last two thirds`,
    ],
    detail: samples,
  };
}

/** Publishes as fast as it is worked off, with a look at memory now and then. */
async function steadily(
  arena: Arena,
  contender: Contender,
  size: number,
  { everyMs, read }: { everyMs: number; read: () => Promise<void> },
): Promise<{ complete: number; tooMany: number }> {
  const prefix = `${arena.run}-soak-`;
  const load = new Load(prefix, size, USERS, false);
  await arena.begin({ prefix, notifications: size, devicesEach: 1 }, 0);
  let published = 0;
  let complete = 0;
  let advancedAt = Date.now();
  let nextReadAt = Date.now() + everyMs;
  for (;;) {
    contender.assertAlive();
    const progress = await arena.progress();
    if (progress.complete > complete) advancedAt = Date.now();
    complete = progress.complete;
    if (complete >= size || Date.now() - advancedAt > STALLED_MS) return progress;
    if (Date.now() >= nextReadAt) {
      await read();
      nextReadAt += everyMs;
    }
    if (published < size && published - complete < WAITING) {
      const to = Math.min(size, published + STEP);
      await arena.broker.publish(contender.names, load.messages(published, to));
      published = to;
    } else {
      await sleep(LOOK_MS);
    }
  }
}
