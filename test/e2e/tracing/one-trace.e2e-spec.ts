import { once } from 'node:events';
import { request } from 'node:http';
import { startCollector, type Collector, type SeenSpan } from '../../support/collector';
import { postJson, startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const CALLER = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };
const FCM = 'POST /v1/projects/{project}/messages:send';
const ACCEPTED = 'POST /api/v1/notifications';
const REPORTED = 'POST /api/v1/push/status';
/** The same, as its sender has it: with the slash of STATUS_CALLBACK_URL. */
const REPORTING = 'POST /api/v1/push/status/';

describe('the trace of a notification', () => {
  let collector: Collector;
  let stack: Stack;

  beforeAll(async () => {
    collector = await startCollector();
    const commonEnv = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const env = {
      RETRY_INITIAL_DELAY_MS: '200',
      RETRY_MAX_WAIT_IN_MEMORY_MS: '100',
    };
    stack = await startStack({ env, commonEnv });
  });
  afterAll(async () => {
    await stack.close();
    await collector.close();
  });

  const accept = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${stack.gatewayUrl}/api/v1/notifications/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ template_code: 'Hi', ...body }),
    });

  /** A trace whose last spans have come too, of both apps. */
  const whole = (id: string) =>
    collector.trace(id, ACCEPTED, REPORTED, `process ${stack.namespace}push.status.queue`);

  /** Every name from a span up to where its trace began. */
  const ancestry = (spans: SeenSpan[], span: SeenSpan | undefined): string[] => {
    if (span === undefined) return [];
    const parent = spans.find(({ spanId }) => spanId === span.parentId);
    return [span.name.replaceAll(stack.namespace, ''), ...ancestry(spans, parent)];
  };
  const named = (spans: SeenSpan[], name: string, service = 'push-service') =>
    spans.filter(
      (span) => span.service === service && span.name.replaceAll(stack.namespace, '') === name,
    );

  it('leads from the request through the queue and FCM to its status at the gateway', async () => {
    await stack.putUser('traced', { devices: [{ token: 'android-traced', platform: 'android' }] });
    const answer = await accept(
      { user_id: 'traced', request_id: 'trace-1' },
      { traceparent: `00-${CALLER.trace}-${CALLER.span}-01`, tracestate: 'their=1' },
    );
    expect(answer.status).toBe(202);

    const spans = await whole(CALLER.trace);
    const [first] = named(spans, ACCEPTED, 'api-gateway');
    expect(first).toMatchObject({ parentId: CALLER.span, kind: 'server', failed: false });
    const way = ['process push.queue', 'send notifications.direct:push', first?.name];
    for (const step of ['claim', 'look_up', 'send', 'record', 'announce']) {
      expect(ancestry(spans, named(spans, step)[0])).toEqual([step, ...way]);
    }
    expect(ancestry(spans, named(spans, FCM)[0])).toEqual([FCM, 'send', ...way]);
    const lookUp = 'GET /api/v1/users/{user_id}';
    expect(ancestry(spans, named(spans, lookUp)[0])).toEqual([lookUp, 'look_up', ...way]);
    expect(ancestry(spans, named(spans, REPORTED, 'api-gateway')[0])).toEqual([
      REPORTED,
      REPORTING,
      'process push.status.queue',
      'send notifications.direct:push.status',
      'announce',
      ...way,
    ]);
    expect(spans.filter(({ failed }) => failed)).toEqual([]);
    expect(named(spans, 'process push.queue')[0]).toMatchObject({
      kind: 'consumer',
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'process',
        'push.request_id': 'trace-1',
        'push.outcome': 'delivered',
      },
    });
  });

  it('begins at the gateway where the client has none, or an invalid one', async () => {
    for (const traceparent of ['', '00-zz-1-01', `00-${'0'.repeat(32)}-${CALLER.span}-01`]) {
      const request_id = `own-trace-${traceparent.length}`;
      await accept({ push_token: 'android-o', request_id }, { traceparent });
      const message = await waitFor('its span', () =>
        collector.spans.find(({ attributes }) => attributes['push.request_id'] === request_id),
      );
      const spans = await whole(message.traceId);
      const [first] = named(spans, ACCEPTED, 'api-gateway');
      expect(first?.parentId).toBe('');
    }
  });

  it('is not lost where the body of a request comes later than its head', async () => {
    const url = `${stack.gatewayUrl}/api/v1/notifications`;
    const headers = { 'content-type': 'application/json', expect: '100-continue' };
    const post = request(url, { method: 'POST', headers });
    post.flushHeaders();
    await once(post, 'continue'); // the head has arrived alone
    post.end('{"push_token":"android-s","request_id":"slow-1","template_code":"Hi"}');
    const message = await waitFor('its span', () =>
      collector.spans.find(({ attributes }) => attributes['push.request_id'] === 'slow-1'),
    );
    await whole(message.traceId);
  });

  it('goes on where a message was parked and tried again, and marks what failed', async () => {
    stack.emulator.setFaults({ times: 1, then: { status: 503 } });
    await accept({ push_token: 'android-p', request_id: 'parked-1' });
    expect(await stack.finalStatus('parked-1')).toMatchObject({ status: 'delivered' });
    const takes = await waitFor('both takes', () => {
      const found = collector.spans.filter(
        ({ attributes }) => attributes['push.request_id'] === 'parked-1',
      );
      return found.length === 2 ? found : undefined;
    });
    const [id = '', ...others] = new Set(takes.map(({ traceId }) => traceId));
    expect(others).toEqual([]);
    expect(takes.map(({ attributes }) => attributes['push.outcome'])).toEqual([
      'deferred',
      'delivered',
    ]);
    const spans = await whole(id);
    const [refused, taken] = named(spans, FCM);
    expect(refused).toMatchObject({ failed: true, attributes: { 'error.type': 'UNAVAILABLE' } });
    expect(taken).toMatchObject({ failed: false });
  });

  it('holds a message that came with no trace, or an invalid one, together when it is parked', async () => {
    for (const headers of [{}, { traceparent: 'nonsense', tracestate: 7 }]) {
      const request_id = `foreign-${Object.keys(headers).length}`;
      stack.emulator.setFaults({ times: 1, then: { status: 503 } });
      const message = { request_id, push_token: 'android-f', template_code: 'Hi' };
      await stack.broker.publish(message, { headers });
      const ids = await waitFor('both takes', () => {
        const found = collector.spans.filter(
          ({ attributes }) => attributes['push.request_id'] === request_id,
        );
        return found.length === 2 ? new Set(found.map(({ traceId }) => traceId)) : undefined;
      });
      expect(ids.size).toBe(1);
    }
  });

  it('says how a message failed, and stays with its dead letter', async () => {
    await accept({ push_token: 'unregistered-1', request_id: 'dead-1' });
    const end = await waitFor('its span', () =>
      collector.spans.find(({ attributes }) => attributes['push.request_id'] === 'dead-1'),
    );
    expect(end).toMatchObject({ failed: true, attributes: { 'push.outcome': 'rejected' } });
    const [letter] = await stack.broker.take('failed.queue');
    expect(String(letter?.properties.headers?.['traceparent'])).toContain(end.traceId);
  });

  it('leaves health and metrics out', async () => {
    await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/metrics`);
    expect(collector.spans.map(({ name }) => name)).not.toContainEqual(
      expect.stringMatching(/health|metrics/),
    );
  });
});

describe('with tracing off', () => {
  it('exports nothing and adds no header', async () => {
    const stack = await startStack({ instances: 0 });
    await postJson(`${stack.gatewayUrl}/api/v1/notifications/`, {
      push_token: 'android-n',
      request_id: 'untraced',
      template_code: 'Hi',
    });
    const [message] = await waitFor('the message', async () => {
      const taken = await stack.broker.take('push.queue');
      return taken.length > 0 ? taken : undefined;
    });
    expect(Object.keys(message?.properties.headers ?? {})).toEqual(
      expect.not.arrayContaining(['traceparent']),
    );
    await stack.close();
  });
});
