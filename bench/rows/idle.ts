import { setTimeout as sleep } from 'node:timers/promises';
import { median, latencyOf, type Latency } from '../figures/percentiles';
import type { Arena } from '../harness/arena';
import type { Contender } from '../harness/contender';
import type { Entry } from '../harness/launches';
import { Load } from '../harness/load';
import type { Bench, Row, RowReport } from './row';

const TURNS = 4;
/** Messages of one turn, in a full run of 20,000 a round. */
const SHARE_OF_ROUND = 1 / 40;
/** What comes after FCM's answer (the record, the status, the ack) is over by then. */
const PAUSE_MS = 4;

const entries: readonly Entry[] = [{ kind: 'bare' }, { kind: 'service' }];

/** How long a notification takes when there is no other. */
export const idle: Row = {
  name: 'idle',
  title: 'one message at a time: latency from publish to receipt by FCM',
  quick: false,
  measure,
};

async function measure({ arena, settings, tell }: Bench): Promise<RowReport> {
  const size = Math.max(20, Math.round(settings.notifications * SHARE_OF_ROUND));
  const turns = new Map<string, Latency[]>();
  await arena.with(entries, 1, async (contenders) => {
    for (const contender of contenders) await oneByOne(arena, contender, size, 'warm');
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const contender of contenders) {
        const latency = await oneByOne(arena, contender, size, String(turn));
        turns.set(contender.label, [...(turns.get(contender.label) ?? []), latency]);
        tell(`${contender.label}: p50 ${latency.p50.toFixed(2)} ms`);
      }
    }
  });
  const middle = (label: string, of: keyof Latency): number =>
    median((turns.get(label) ?? []).map((latency) => latency[of]));
  return {
    columns: ['contender', 'p50 ms', 'p95 ms', 'p99 ms'],
    lines: [...turns.keys()].map((label) => [
      label,
      ...(['p50', 'p95', 'p99'] as const).map((of) => middle(label, of).toFixed(2)),
    ]),
    figures: { 'added p50 ms': middle('service', 'p50') - middle('bare', 'p50') },
    problems: [],
    notes: [`${TURNS} turns of ${size} messages each`],
    detail: Object.fromEntries(turns),
  };
}

/** Publishes the next message when the one before has come to FCM. */
async function oneByOne(
  arena: Arena,
  { names }: Contender,
  size: number,
  turn: string,
): Promise<Latency> {
  const prefix = `${names.queueNamespace}${turn}-`;
  const load = new Load(prefix, size, size, false);
  await arena.begin({ prefix, notifications: size, devicesEach: 1 }, 0);
  for (let at = 0; at < size; at += 1) {
    await arena.broker.publish(names, load.messages(at, at + 1));
    await arena.complete(at + 1);
    await sleep(PAUSE_MS);
  }
  await arena.broker.purge(names.statusQueue);
  return latencyOf(load.publishedAt, await arena.receivedAt());
}
