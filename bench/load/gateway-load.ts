import autocannon from 'autocannon';

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
  const result = await autocannon({
    url: `${order.url}/api/v1/notifications`,
    connections: order.connections,
    duration: order.seconds,
    overallRate: order.rate,
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
  });
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
