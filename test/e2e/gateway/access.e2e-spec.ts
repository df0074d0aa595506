import { GatewayHarness } from './gateway.harness';

const gateway = new GatewayHarness();

beforeAll(async () => {
  await gateway.start({ GATEWAY_API_KEYS: 'key-1, key-2', STATUS_CALLBACK_SECRET: 'the-secret' });
  await gateway.untilReady();
});
afterAll(async () => gateway.stop());

const event = {
  notification_id: 'n-1',
  status: 'delivered',
  timestamp: new Date().toISOString(),
  error: null,
};

describe('a gateway with keys', () => {
  it.each([
    ['the first key', { 'x-api-key': 'key-1' }, 202],
    ['another key', { 'x-api-key': 'key-2' }, 202],
    ['a bearer key', { authorization: 'Bearer key-1' }, 202],
    ['no key', {}, 401],
    ['a wrong key', { 'x-api-key': 'key-3' }, 401],
    ['all keys at once', { 'x-api-key': 'key-1, key-2' }, 401],
    ['the status secret', { 'x-api-key': 'the-secret' }, 401],
  ])('answers a notification sent with %s', async (_what, headers, status) => {
    expect((await gateway.post(gateway.notification(), headers)).status).toBe(status);
  });

  it('shows nothing without a key', async () => {
    expect((await gateway.find('n-1')).status).toBe(401);
    expect((await gateway.get('/api/v1/notifications/?user_id=a')).body.error).toBe('unauthorized');
  });

  it.each([
    ['the secret', { 'x-status-secret': 'the-secret' }, 200],
    ['the secret as bearer', { authorization: 'Bearer the-secret' }, 200],
    ['no secret', {}, 401],
    ['a wrong secret', { 'x-status-secret': 'the-secreT' }, 401],
    ["a client's key", { 'x-api-key': 'key-1' }, 401],
  ])('answers a status reported with %s', async (_what, headers, status) => {
    expect((await gateway.report(event, headers)).status).toBe(status);
  });

  it('tells its health to everybody', async () => {
    for (const path of ['', '/live', '/ready']) {
      expect((await gateway.get(`/api/v1/health${path}`)).status).toBe(200);
    }
  });
});
