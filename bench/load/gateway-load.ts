import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';

/** Not in autocannon's types: joins what several runs have counted. */
const { aggregateResult } = autocannon as unknown as {
  aggregateResult: (results: readonly autocannon.Result[], options: object) => autocannon.Result;
};

/** A load on the gateway, and what came of it. */
export interface GatewayLoadOrder {
  url: string;
  prefix: string;
  seconds: number;
  connections: number;
  /** Requests a second of all connections; left out: as many as go. */
  rate?: number;
}

export type GatewayLoadReply =
  | { kind: 'ready' }
  | {
      kind: 'done';
      rate: number;
      p50: number;
      p97_5: number;
      p99: number;
      accepted: number;
      refused: number;
      errors: number;
    };

/** Puts load on the gateway by autocannon, in a process of its own. Every request has a request_id of its own. */
async function shoot(order: GatewayLoadOrder): Promise<GatewayLoadReply> {
  let made = 0;
  const common: autocannon.Options = {
    url: `${order.url}/api/v1/notifications`,
    duration: order.seconds,
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        setupRequest: (request) => {
          made += 1;
          return { ...request, body: JSON.stringify(notification(`${order.prefix}${made}`)) };
        },
      },
    ],
  };
  const { connections, rate } = order;
  const result =
    rate === undefined
      ? await autocannon({ ...common, connections })
      : await evenly(common, connections, rate);
  return {
    kind: 'done',
    rate: result['2xx'] / result.duration,
    p50: result.latency.p50,
    p97_5: result.latency.p97_5,
    p99: result.latency.p99,
    accepted: result['2xx'],
    refused: result.non2xx,
    errors: result.errors,
  };
}

/**
 * A rate that is spread over each second. autocannon by itself has all connections send their share at the beginning of
 * the second, as fast as they can, and then wait: that would be as many at once as there are connections, at any rate.
 * So each connection is a run of its own, and they begin one after the other within a second.
 */
async function evenly(
  common: autocannon.Options,
  connections: number,
  rate: number,
): Promise<autocannon.Result> {
  const run = { ...common, connections: 1, overallRate: rate / connections };
  const runs = Array.from({ length: connections }, async (_, at) => {
    await sleep((at * 1000) / connections);
    return autocannon({ ...run, skipAggregateResult: true });
  });
  return aggregateResult(await Promise.all(runs), run);
}

function notification(id: string): object {
  return {
    notification_type: 'push',
    user_id: 'user-1',
    template_code: 'Welcome {{name}}!',
    variables: { name: 'John', link: 'https://example.com', meta: {} },
    request_id: id,
    priority: 2,
    metadata: { campaign_id: '123' },
  };
}

process.on('message', (order: GatewayLoadOrder) => {
  void shoot(order).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());
process.send?.({ kind: 'ready' } satisfies GatewayLoadReply);
