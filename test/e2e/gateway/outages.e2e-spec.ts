import { RABBITMQ_URL, REDIS_URL } from '../../support/servers';
import { waitFor } from '../../support/wait-for';
import { bodyOf, GatewayHarness, type Answer } from './gateway.harness';
import { TcpProxy } from '../../support/tcp-proxy';

let gateway: GatewayHarness;
let broker: TcpProxy;
let redis: TcpProxy;

beforeEach(async () => {
  gateway = new GatewayHarness();
  broker = new TcpProxy(RABBITMQ_URL);
  redis = new TcpProxy(REDIS_URL);
  await broker.start();
  await redis.start();
});
afterEach(async () => {
  await gateway.stop();
  await broker.stop();
  await redis.stop();
});

/** The lease is long, so that no test passes only because it ran out. */
const start = async (): Promise<void> => {
  await gateway.start({
    RABBITMQ_URL: broker.url,
    REDIS_URL: redis.url,
    ACCEPT_LEASE_MS: '60000',
  });
};

/** Sends a request until it is accepted, as a client would. */
const insist = (request: object): Promise<Answer> =>
  waitFor('the request to be accepted', async () => {
    const answer = await gateway.post(request);
    return answer.status === 202 ? answer : undefined;
  });

describe('a broker that goes away', () => {
  it('is answered with 503 and leaves nothing behind; the same request works when it is back', async () => {
    await start();
    await gateway.untilReady();
    await broker.stop();
    const request = gateway.notification();
    const refused = await waitFor('the gateway to notice', async () => {
      const answer = await gateway.post(gateway.notification());
      return answer.status === 503 ? gateway.post(request) : undefined;
    });
    expect([refused.status, refused.body.error]).toEqual([503, 'broker_unavailable']);
    expect(refused.headers.get('retry-after')).toBe('2');
    expect((await gateway.find(request.request_id)).status).toBe(404);
    const ready = await gateway.get('/api/v1/health/ready');
    expect([ready.status, (await gateway.get('/api/v1/health/live')).status]).toEqual([503, 200]);
    await gateway.published();

    await broker.start();
    const { data } = (await insist(request)).body;
    const messages = await gateway.published();
    expect(messages.map(bodyOf)).toMatchObject([
      { request_id: request.request_id, notification_id: data.notification_id },
    ]);
    expect((await gateway.find(request.request_id)).body.data.status).toBe('pending');
  });

  it('leaves the notification_id of a refused request to whichever request is accepted with it', async () => {
    await broker.stop();
    await start();
    const refused = gateway.notification({ notification_id: 'chosen-1' });
    expect((await gateway.post(refused)).status).toBe(503);
    expect((await gateway.find('chosen-1')).status).toBe(404);
    await broker.start();
    await insist(gateway.notification({ notification_id: 'chosen-1' }));
    expect((await gateway.post(refused)).status).toBe(409);
    expect(await gateway.published()).toHaveLength(1);
  });

  it('does not keep the gateway from starting before it', async () => {
    await broker.stop();
    await start();
    const request = gateway.notification();
    const refused = await gateway.post(request);
    expect([refused.status, refused.body.error]).toEqual([503, 'broker_unavailable']);
    await broker.start();
    await insist(request);
    expect(await gateway.published()).toHaveLength(1);
  });
});

describe('a Redis that goes away', () => {
  it('is answered with 503, and nothing is published until it is back', async () => {
    await start();
    await gateway.untilReady();
    await redis.stop();
    const request = gateway.notification();
    const refused = await gateway.post(request);
    expect(refused.status).toBe(503);
    expect(refused.body).toMatchObject({ success: false, data: null });
    expect(refused.headers.get('retry-after')).toBe('2');
    expect((await gateway.find('any')).status).toBe(503);
    const event = { notification_id: 'n', status: 'failed', timestamp: new Date(), error: 'x' };
    expect((await gateway.report(event)).status).toBe(503);
    expect(await gateway.published()).toEqual([]);

    await redis.start();
    await insist(request);
    expect(await gateway.published()).toHaveLength(1);
  });

  it('does not keep the gateway from starting before it', async () => {
    await redis.stop();
    await start();
    expect((await gateway.post(gateway.notification())).status).toBe(503);
    await redis.start();
    await insist(gateway.notification());
  });
});

describe('a gateway that died between its claim and the confirm', () => {
  const claim = (request: { request_id: string }, leaseMs: number) =>
    gateway.redis.hset(`${gateway.namespace}gateway:claim:${request.request_id}`, {
      state: 'accepting',
      notification_id: 'given-by-the-dead',
      owner: 'the-dead',
      lease_until: String(Date.now() + leaseMs),
    });

  beforeEach(async () => {
    await start();
    await gateway.untilReady();
  });

  it('is taken over by the next try, under the same notification_id', async () => {
    const request = gateway.notification();
    await claim(request, -1);
    expect((await gateway.find(request.request_id)).status).toBe(404);
    const { status, body } = await gateway.post(request);
    expect([status, body.data.notification_id]).toEqual([202, 'given-by-the-dead']);
    expect((await gateway.published()).map(bodyOf)).toMatchObject([
      { notification_id: 'given-by-the-dead' },
    ]);
  });

  it('keeps the notification_id it chose for its own next try', async () => {
    const request = gateway.notification({ notification_id: 'given-by-the-dead' });
    await claim(request, -1);
    const key = `${gateway.namespace}gateway:notification:given-by-the-dead`;
    await gateway.redis.hset(key, { request_id: request.request_id, reserved_by: 'the-dead' });
    const other = gateway.notification({ notification_id: 'given-by-the-dead' });
    expect((await gateway.post(other)).status).toBe(409);
    expect((await gateway.post(request)).status).toBe(202);
    expect(await gateway.redis.ttl(key)).toBeGreaterThan(86_400);
    expect(await gateway.published()).toHaveLength(1);
  });

  it('is waited for until its lease ends', async () => {
    const request = gateway.notification();
    await claim(request, 700);
    const sentAt = Date.now();
    expect((await gateway.post(request)).status).toBe(202);
    expect(Date.now() - sentAt).toBeGreaterThan(500);
    expect(await gateway.published()).toHaveLength(1);
  });

  it('is not waited for longer than a client would', async () => {
    const request = gateway.notification();
    await claim(request, 60_000);
    const { status, body } = await gateway.post(request);
    expect([status, body.error]).toEqual([503, 'still_being_accepted']);
    expect(await gateway.published()).toEqual([]);
  });
});
