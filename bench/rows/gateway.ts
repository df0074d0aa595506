import { join } from 'node:path';
import { Stub } from '../harness/stub';
import type { GatewayLoadOrder, GatewayLoadReply } from '../load/gateway-load';
import type { Bench, Row, RowReport } from './row';

type Done = Extract<GatewayLoadReply, { kind: 'done' }>;

/** Requests a second that the target is set for. */
const RATE = 1000;
const CONNECTIONS = 50;
/** Until V8 has compiled what is hot: compiling takes the second core from the broker. */
const WARM_UP_S = 10;

/** How fast the gateway takes notifications in. */
export const gateway: Row = {
  name: 'gateway',
  title: `api-gateway: POST of notifications at ${RATE}/s, and as many as go`,
  quick: false,
  measure,
};

async function measure({ arena, settings, report }: Bench): Promise<RowReport> {
  const seconds = Math.max(2, Math.round(settings.notifications / RATE));
  const log = join(arena.around.dir, 'logs', 'gateway-load.log');
  const module = join(__dirname, '../load/gateway-load.js');
  const load = await Stub.start<GatewayLoadOrder, GatewayLoadReply>(module, log);
  const results: Record<string, Done> = {};
  const problems: string[] = [];
  try {
    await arena.with([{ kind: 'gateway' }], 1, async ([contender]) => {
      if (!contender) return;
      const common = { url: contender.url, connections: CONNECTIONS };
      const shots: [name: string, order: GatewayLoadOrder][] = [
        ['warm-up', { ...common, prefix: 'warm-', seconds: WARM_UP_S, rate: RATE }],
        [`${RATE}/s`, { ...common, prefix: 'steady-', seconds, rate: RATE }],
        ['as many as go', { ...common, prefix: 'most-', seconds: Math.ceil(seconds / 2) }],
      ];
      for (const [name, order] of shots) {
        const done = await load.ask(order);
        if (done.kind !== 'done') throw new Error(`Unexpected reply ${done.kind}`);
        const waiting = await arena.broker.depth(contender.names.pushQueue);
        await arena.broker.purge(contender.names.pushQueue);
        // More may wait: what was accepted after autocannon had stopped looking.
        if (waiting < done.accepted) {
          problems.push(`${done.accepted - waiting} were accepted and are not in the queue`);
        }
        report(`${name}: ${done.rate.toFixed(0)}/s, p99 ${done.p99} ms`);
        results[name] = done;
      }
    });
  } finally {
    await load.stop();
  }
  delete results['warm-up'];
  const steady = results[`${RATE}/s`];
  return {
    columns: ['load', 'requests/s', 'p50 ms', 'p97.5 ms', 'p99 ms', 'refused', 'errors'],
    lines: Object.entries(results).map(([name, { rate, p50, p97_5, p99, refused, errors }]) => [
      name,
      rate.toFixed(0),
      ...[p50, p97_5, p99, refused, errors].map(String),
    ]),
    figures: {
      'steady rate': steady?.rate ?? NaN,
      'steady p50 ms': steady?.p50 ?? NaN,
      'steady refused': (steady?.refused ?? NaN) + (steady?.errors ?? NaN),
      'most rate': results['as many as go']?.rate ?? NaN,
    },
    problems,
    notes: [
      `${CONNECTIONS} connections, ${seconds} s after ${WARM_UP_S} s to warm up; latencies in whole milliseconds, corrected for coordinated omission`,
    ],
    detail: results,
  };
}
