import { startEmulator, type RunningEmulator } from '../../support/emulator';
import { http1Client, http2Client, protocols, send, type Answer, type Client } from './clients';

const json = ({ body }: Answer): unknown => JSON.parse(body);

describe.each(protocols)('the control routes over %s', (_, connectTo) => {
  let emulator: RunningEmulator;
  let client: Client;
  const get = async (path: string) => json(await client.request('GET', path));

  beforeAll(async () => {
    emulator = await startEmulator();
    client = connectTo(emulator.url);
  });
  beforeEach(() => emulator.reset());
  afterAll(async () => {
    client.close();
    await emulator.close();
  });

  it('show the devices, and one of them whatever its token contains', async () => {
    const token = 'ios-a/b c:ü%';
    await send(client, { token, notification: { title: 'One' }, data: { link: 'https://x/' } });
    await send(client, { token: 'second', notification: { title: 'Two' } });
    const device = {
      token,
      platform: 'ios',
      accepted: 1,
      screen: [
        {
          title: 'One',
          body: null,
          image: null,
          link: 'https://x/',
          tag: null,
          data: { link: 'https://x/' },
          message_id: expect.any(String),
          received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        },
      ],
    };
    expect(await get('/emulator/devices')).toEqual([
      expect.objectContaining({ token: 'second' }),
      device,
    ]);
    expect(await get('/emulator/devices?limit=1&screen_limit=0')).toEqual([
      { token: 'second', platform: 'android', accepted: 1, screen: [] },
    ]);
    expect(await get(`/emulator/devices/${encodeURIComponent(token)}`)).toEqual(device);
    expect(await get('/emulator/devices/never-seen')).toEqual({
      token: 'never-seen',
      platform: 'android',
      accepted: 0,
      screen: [],
    });
    expect((await client.request('GET', '/emulator/devices/%E0%A4%A')).status).toBe(400);
  });

  it('take a device’s platform', async () => {
    const answer = await client.request('PUT', '/emulator/devices/plain', {
      body: '{"platform":"web"}',
    });
    expect([answer.status, json(answer)]).toMatchObject([200, { token: 'plain', platform: 'web' }]);
    await send(client, {
      token: 'plain',
      notification: { title: 'x' },
      webpush: { notification: { title: 'For the web' } },
    });
    expect(await get('/emulator/devices/plain')).toMatchObject({
      screen: [{ title: 'For the web' }],
    });
    expect(
      (await client.request('PUT', '/emulator/devices/plain', { body: '{"platform":"tv"}' }))
        .status,
    ).toBe(400);
  });

  it('list the messages, newest first, by request_id and up to a limit', async () => {
    for (const id of ['a', 'b', 'a'])
      await send(client, { token: `to-${id}`, data: { request_id: id } });
    expect(await get('/emulator/messages?request_id=a')).toHaveLength(2);
    expect(await get('/emulator/messages?limit=2')).toMatchObject([
      { message: { token: 'to-a' } },
      { message: { token: 'to-b' } },
    ]);
    expect(await get('/emulator/messages')).toHaveLength(3);
    expect((await client.request('GET', '/emulator/messages?limit=many')).status).toBe(400);
  });

  it('list more messages than fit into one piece', async () => {
    await Promise.all(
      Array.from({ length: 1201 }, (__, i) =>
        send(client, { token: 'many', data: { request_id: `${i}` } }),
      ),
    );
    const messages = (await get('/emulator/messages')) as {
      message: { data: { request_id: string } };
    }[];
    expect(new Set(messages.map(({ message }) => message.data.request_id)).size).toBe(1201);
  });

  it('list what arrived, with how it was answered', async () => {
    emulator.setFaults({ match: { token: 'b' }, then: { status: 503 } });
    await send(client, { token: 'a', data: { request_id: '1' } });
    await send(client, { token: 'b', data: { request_id: '1' } });
    await send(client, { token: 'b', data: { request_id: '2' } }, { validate_only: true });
    const requests = (await get('/emulator/requests?request_id=1')) as unknown[];
    expect(requests).toEqual([
      {
        time: expect.any(String),
        token: 'b',
        request_id: '1',
        validate_only: false,
        answer: { status: 503, error_code: 'UNAVAILABLE' },
      },
      {
        time: expect.any(String),
        token: 'a',
        request_id: '1',
        validate_only: false,
        answer: { status: 200, error_code: null },
      },
    ]);
    expect(await get('/emulator/requests?token=b')).toHaveLength(2);
    expect(await get('/emulator/requests?token=b&request_id=2')).toMatchObject([
      { validate_only: true },
    ]);
  });

  it('take the faults, show them with what they did, and drop them', async () => {
    const faults = [{ match: { token: 'a' }, times: 2, then: { status: 503 } }];
    const put = await client.request('PUT', '/emulator/faults', { body: JSON.stringify(faults) });
    expect([put.status, json(put)]).toEqual([200, [{ ...faults[0], applied: 0 }]]);
    expect((await send(client, { token: 'a' })).status).toBe(503);
    expect(await get('/emulator/faults')).toEqual([{ ...faults[0], applied: 1 }]);
    expect((await client.request('DELETE', '/emulator/faults')).status).toBe(200);
    expect((await send(client, { token: 'a' })).status).toBe(200);
  });

  it('say what is wrong with faults, and keep the ones in force', async () => {
    emulator.setFaults({ then: { status: 503 } });
    const refused = await client.request('PUT', '/emulator/faults', {
      body: '[{"then":{"status":200}},{"times":1}]',
    });
    expect(refused.status).toBe(400);
    expect(refused.body).toMatch(/0\.then\.status: .+; 1\.then: /);
    expect((await client.request('PUT', '/emulator/faults', { body: 'no json' })).status).toBe(400);
    expect(await get('/emulator/faults')).toHaveLength(1);
  });

  it('forget everything on reset', async () => {
    emulator.setFaults({ match: { token: 'other' }, then: { status: 503 } });
    await send(client, { token: 'a', notification: { title: 'x' } });
    expect((await client.request('POST', '/emulator/reset')).status).toBe(200);
    for (const list of ['devices', 'messages', 'requests', 'faults'])
      expect(await get(`/emulator/${list}`)).toEqual([]);
    expect(await get('/emulator/stats')).toMatchObject({
      accepted: 0,
      refused: 0,
      requests: 0,
      by_error_code: {},
    });
  });

  it('are alive', async () => {
    expect((await client.request('GET', '/api/v1/health/live')).status).toBe(200);
    expect((await client.request('GET', '/emulator/nothing')).status).toBe(404);
    expect((await client.request('PATCH', '/emulator/devices/x')).status).toBe(404);
  });
});

describe('what is remembered', () => {
  it('stays within the bounds that were set', async () => {
    const emulator = await startEmulator({ maxMessages: 3, maxDevices: 2 });
    const client = http2Client(emulator.url);
    for (let i = 0; i < 10; i += 1)
      await send(client, { token: `t-${i}`, notification: { title: 'x' } });
    expect(
      [emulator.messages(), emulator.requests(), emulator.devices()].map(({ length }) => length),
    ).toEqual([3, 3, 2]);
    expect(emulator.stats()).toMatchObject({ requests: 10, accepted: 10 });
    client.close();
    await emulator.close();
  });
});

describe('the page', () => {
  it('is one document that may load nothing and run nothing but its own script', async () => {
    const emulator = await startEmulator();
    const page = await http1Client(emulator.url).request('GET', '/');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'sha256-[^;]+'; style-src 'sha256-/,
    );
    expect(page.body).not.toMatch(/innerHTML|(?:src|href)="http/);
    await emulator.close();
  });
});
