import type { FaultInput } from '../../support/emulator';
import { AppProcess } from '../../support/processes';
import { formsOf, leaksIn } from '../../support/secrets';
import type { Json } from '../../support/stack';
import { waitFor } from '../../support/wait-for';
import {
  DEAD,
  PATIENT,
  SECRETS,
  startOverheard,
  TOKENS,
  type Overheard,
} from './overheard.harness';

/** Every class of answer of FCM, each with the token in its text where it has one. */
const REFUSALS: FaultInput['then'][] = [
  { error_code: 'UNREGISTERED' },
  { error_code: 'INVALID_ARGUMENT', field: 'message.token' },
  { error_code: 'INVALID_ARGUMENT', field: 'message.data' },
  { error_code: 'SENDER_ID_MISMATCH' },
  { error_code: 'THIRD_PARTY_AUTH_ERROR' },
  { error_code: 'QUOTA_EXCEEDED', retry_after: 0 },
  { error_code: 'UNAVAILABLE' },
  { error_code: 'INTERNAL' },
  { error_code: 'UNAUTHENTICATED' },
  { error_code: 'PERMISSION_DENIED' },
];
const GOSSIP = `No luck with ${TOKENS['token in the message']}`;

describe('what push-service and the gateway let out, at the loudest log level', () => {
  let world: Overheard;
  let requests = 0;

  const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const key = { 'x-api-key': SECRETS['gateway key'] };
  const notification = (more: object) => ({
    request_id: `secret-${(requests += 1)}`,
    template_code: 'For {{who}}',
    variables: { who: SECRETS['private text'] },
    ...more,
  });
  const accept = async (more: object): Promise<string> => {
    const body = notification(more);
    expect(await world.ask(`${world.gatewayUrl}/api/v1/notifications/`, json(body, key))).toBe(202);
    return body.request_id;
  };
  const ended = (id: string) =>
    waitFor(`the end of ${id}`, async () => {
      const answer = await fetch(`${world.gatewayUrl}/api/v1/notifications/${id}`, {
        headers: key,
      });
      const text = await answer.text();
      if ((JSON.parse(text) as Json)['data'].status === 'pending') return undefined;
      world.keep(`the status of ${id}`, text);
      return true;
    });

  beforeAll(async () => {
    world = await startOverheard();
  });
  afterAll(() => world.close());
  // Whatever a test has brought about, in every form that a secret may have.
  afterEach(() => expect(leaksIn(world.outputs(), SECRETS)).toEqual([]));

  it('holds no secret after deliveries and every failure of FCM and the user service', async () => {
    await ended(await accept({ user_id: PATIENT }));
    await ended(await accept({ user_id: DEAD }));
    await waitFor('the report of the dead token', () =>
      world.users.requests.some((request) => request.startsWith('DELETE')),
    );
    const push_token = TOKENS['token in the message'];
    await ended(await accept({ push_token }));
    for (const refusal of REFUSALS) {
      const then = { ...refusal, message: GOSSIP };
      world.emulator.setFaults({ match: { token: push_token }, times: 1, then });
      await ended(await accept({ push_token }));
    }
    world.emulator.setFaults({ match: { token: push_token }, times: 2, then: { reset: true } });
    await ended(await accept({ push_token }));
    for (const user_id of ['garbled', 'refused', 'nobody-knows']) await accept({ user_id });
    await ended(await accept({ push_token, template_code: '{{#who}} never closed' }));
    expect(world.emulator.messages().length).toBeGreaterThan(5);
  });

  it('holds no secret after messages that are none', async () => {
    const token = TOKENS['token in a broken message'];
    const broken = [
      token,
      `{"push_token":${JSON.stringify(token)}`,
      'null',
      JSON.stringify([token]),
    ];
    for (const text of broken) await world.broker.publish(Buffer.from(text));
    const headers = {
      'x-device-results': token,
      traceparent: token,
      tracestate: token,
      mine: token,
    };
    const wrong = [{ push_token: { token } }, { template_code: { token } }, { priority: token }];
    for (const more of wrong) await world.broker.publish(notification(more), { headers });
    await world.broker.publish(notification({ push_token: token }), { headers });
    await waitFor(
      'their dead letters',
      async () => (await world.broker.depth('failed.queue')) >= 7,
    );
  });

  it('holds no secret after requests that are refused', async () => {
    const token = encodeURIComponent(TOKENS['token in an address']);
    const wrong = { 'x-api-key': SECRETS['wrong key'], 'x-status-secret': SECRETS['wrong key'] };
    const bearer = { authorization: `Bearer ${SECRETS['bearer of a client']}` };
    const notifications = `${world.gatewayUrl}/api/v1/notifications`;
    const body = notification({ push_token: TOKENS['token in a broken message'] });
    for (const headers of [wrong, bearer]) {
      expect(await world.ask(notifications, json(body, headers))).toBe(401);
      expect(await world.ask(`${world.gatewayUrl}/api/v1/push/status/`, json(body, headers))).toBe(
        401,
      );
      expect(await world.ask(`${world.pushUrl}/api/v1/admin/whoami`, { headers })).toBe(401);
    }
    const secret = { 'x-status-secret': SECRETS['status secret'] };
    expect(await world.ask(`${world.gatewayUrl}/api/v1/push/status/`, json(body, secret))).toBe(
      400,
    );
    for (const text of [
      JSON.stringify(body).slice(0, -9),
      JSON.stringify([body]),
      token,
      `"${token}"`,
    ]) {
      expect(await world.ask(notifications, json(text, key))).toBe(400);
    }
    expect(await world.ask(notifications, json({ ...body, priority: body }, key))).toBe(400);
    const long = { ...body, template_code: SECRETS['private text'].repeat(2000) };
    expect(await world.ask(notifications, json(long, key))).toBe(413);
    for (const url of [world.gatewayUrl, world.pushUrl]) {
      for (const path of [
        `/api/v1/world.users/u/devices/${token}`,
        `/${token}`,
        `/api/v1?t=${token}`,
      ]) {
        expect(await world.ask(url + path, { headers: bearer })).toBe(404);
      }
      expect(await world.ask(`${url}/api/%zz/${token}`)).toBe(400);
    }
  });

  it('holds no secret in health, metrics, descriptions and admin answers', async () => {
    for (const url of [world.gatewayUrl, world.pushUrl]) {
      for (const path of ['v1/health', 'v1/health/live', 'v1/health/ready', 'docs', 'docs-json']) {
        expect(await world.ask(`${url}/api/${path}`)).toBe(200);
      }
    }
    for (const accept of ['application/json', 'text/plain']) {
      expect(await world.ask(`${world.pushUrl}/api/v1/metrics`, { headers: { accept } })).toBe(200);
    }
    for (const name of ['admin key', 'reading admin key'] as const) {
      const [asKey, asBearer] = [{ 'x-api-key': SECRETS[name] }, `Bearer ${SECRETS[name]}`];
      expect(await world.ask(`${world.pushUrl}/api/v1/admin/whoami`, { headers: asKey })).toBe(200);
      const headers = { authorization: asBearer };
      expect(await world.ask(`${world.pushUrl}/api/v1/admin/whoami`, { headers })).toBe(200);
    }
    expect(
      await world.ask(`${world.gatewayUrl}/api/v1/notifications/?user_id=${PATIENT}`, {
        headers: key,
      }),
    ).toBe(200);
  });

  it('holds no secret while the user service fails, and at shutdown', async () => {
    for (const user_id of ['failing', 'failing', 'moved', 'failing', 'failing']) {
      await accept({ user_id });
    }
    await waitFor('an open breaker', () =>
      world.push.log.some((line) => line['dependency'] === 'user-service'),
    );
    for (const app of world.apps) app.kill('SIGTERM');
    expect(await Promise.all(world.apps.map(({ exited }) => exited))).toEqual([0, 0]);
  });

  it('holds no secret where a start is refused, or finds no server', async () => {
    const secret = encodeURIComponent(SECRETS['RabbitMQ password']);
    const env = { PORT: '0', HOST: '127.0.0.1', FCM_EMULATOR_HOST: world.emulator.host };
    const refused = new AppProcess('push-service', {
      ...env,
      RABBITMQ_URL: `http://nobody:${secret}@127.0.0.1`,
      REDIS_URL: SECRETS['Redis password'],
      ADMIN_API_KEYS: SECRETS['admin key'],
      OTEL_EXPORTER_OTLP_HEADERS: SECRETS["collector's key"],
    });
    world.apps.push(refused);
    expect(await refused.exited).toBe(1);
    expect(refused.output).toContain('OTEL_EXPORTER_OTLP_HEADERS');
    const alone = new AppProcess('push-service', {
      ...env,
      LOG_LEVEL: 'trace',
      RABBITMQ_URL: `amqp://nobody:${secret}@127.0.0.1:1`,
      REDIS_URL: `redis://default:${encodeURIComponent(SECRETS['Redis password'])}@127.0.0.1:1`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:${encodeURIComponent(SECRETS["collector's key"])}@127.0.0.1:1`,
    });
    world.apps.push(alone);
    await waitFor(
      'what it says of both',
      () => /RabbitMQ cannot be reached/.test(alone.output) && /redis/i.test(alone.output),
    );
    alone.kill('SIGTERM');
    expect(await alone.exited).toBe(0);
  });

  it('has been searched in all that came out, spans too', () => {
    expect(world.collector.spans.map(({ service }) => service)).toEqual(
      expect.arrayContaining(['api-gateway', 'push-service']),
    );
    expect(world.outputs().length).toBeGreaterThan(60);
    // The search itself finds what is there.
    for (const [form, text] of formsOf(SECRETS['admin key'])) {
      const found = leaksIn([['a place', `so ${text} it was`]], SECRETS);
      expect([form, found.length]).toEqual([form, 1]);
    }
  });
});
