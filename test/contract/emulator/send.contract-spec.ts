import { startEmulator, type RunningEmulator } from '../../support/emulator';
import { errorOf, fcmCodeOf, protocols, send, type Client } from './clients';

const hello = {
  token: 'tok-1',
  notification: { title: 'Hello', body: 'World' },
  data: { request_id: 'r-1' },
};

describe.each(protocols)('messages:send over %s', (_, connectTo) => {
  let emulator: RunningEmulator;
  let client: Client;

  beforeAll(async () => {
    emulator = await startEmulator();
    client = connectTo(emulator.url);
  });
  beforeEach(() => emulator.reset());
  afterAll(async () => {
    client.close();
    await emulator.close();
  });

  it('answers with the name of the message, and shows it', async () => {
    const answer = await send(client, hello);
    expect(answer.status).toBe(200);
    const [shown] = emulator.device('tok-1').screen;
    expect(shown).toMatchObject({
      title: 'Hello',
      body: 'World',
      tag: null,
      data: { request_id: 'r-1' },
    });
    expect(JSON.parse(answer.body)).toEqual({
      name: `projects/demo/messages/${shown!.message_id}`,
    });
    expect(emulator.messages({ request_id: 'r-1' })).toMatchObject([
      { project: 'demo', message: hello },
    ]);
    expect(emulator.stats()).toMatchObject({ requests: 1, accepted: 1, refused: 0 });
  });

  it('keeps letters beyond ASCII as they are', async () => {
    await send(client, { token: 'tok-1', notification: { title: 'Grüße, 世界 🎉' } });
    expect(emulator.device('tok-1').screen[0]!.title).toBe('Grüße, 世界 🎉');
  });

  it('only validates when asked to', async () => {
    for (const flag of [{ validate_only: true }, { validateOnly: true }]) {
      const answer = await send(client, hello, flag);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        200,
        { name: 'projects/demo/messages/fake_message_id' },
      ]);
    }
    expect(
      (await send(client, { token: 't', data: { a: 1 } }, { validate_only: true })).status,
    ).toBe(400);
    expect(emulator.stats()).toMatchObject({ requests: 3, validated: 2, accepted: 0, refused: 1 });
    expect([...emulator.devices(), ...emulator.messages()]).toEqual([]);
  });

  it('wants a bearer token', async () => {
    const withoutToken: Record<string, string>[] = [
      {},
      { authorization: 'Basic eDp5' },
      { authorization: 'Bearer ' },
    ];
    for (const headers of withoutToken) {
      const answer = await send(client, hello, {}, { headers });
      expect([answer.status, errorOf(answer).status, fcmCodeOf(answer)]).toEqual([
        401,
        'UNAUTHENTICATED',
        undefined,
      ]);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    }
    expect(emulator.stats()).toMatchObject({
      requests: 3,
      accepted: 0,
      by_error_code: { UNAUTHENTICATED: 3 },
    });
  });

  it('answers UNREGISTERED for a token that starts with unregistered-', async () => {
    const answer = await send(client, { ...hello, token: 'unregistered-7' });
    expect([answer.status, errorOf(answer).status, fcmCodeOf(answer)]).toEqual([
      404,
      'NOT_FOUND',
      'UNREGISTERED',
    ]);
    expect(emulator.requests({ token: 'unregistered-7' })).toMatchObject([
      { answer: { status: 404, error_code: 'UNREGISTERED' } },
    ]);
  });

  it('names the field of an invalid message', async () => {
    const answer = await send(client, { token: 't', data: { n: 12 } });
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toEqual({
      code: 400,
      message: "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
      status: 'INVALID_ARGUMENT',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.BadRequest',
          fieldViolations: [
            {
              field: 'message.data[0].value',
              description: "Invalid value at 'message.data[0].value' (TYPE_STRING), 12",
            },
          ],
        },
      ],
    });
  });

  it('refuses a body that is no JSON, and one that is far too large, and goes on', async () => {
    const refused = await send(
      client,
      {},
      {},
      { headers: { authorization: 'Bearer x' }, body: '{"message":' },
    );
    expect([refused.status, errorOf(refused).message]).toEqual([
      400,
      expect.stringContaining('Invalid JSON payload'),
    ]);
    const large = await send(client, { token: 't', data: { k: 'x'.repeat(300_000) } });
    expect([large.status, errorOf(large).message]).toEqual([
      400,
      expect.stringContaining('exceeds the limit'),
    ]);
    expect((await send(client, hello)).status).toBe(200);
  });

  it('takes a message for a topic, which is on no screen', async () => {
    expect((await send(client, { topic: 'news', notification: { title: 'x' } })).status).toBe(200);
    expect(emulator.devices()).toEqual([]);
    expect(emulator.messages()).toHaveLength(1);
  });

  it('counts a message with data alone as accepted, and shows nothing', async () => {
    expect((await send(client, { token: 'tok-1', data: { a: 'b' } })).status).toBe(200);
    expect(emulator.device('tok-1')).toMatchObject({ accepted: 1, screen: [] });
  });

  it('shows one notification for ten sends with one tag, on every platform', async () => {
    const tag = 'same';
    const message = {
      notification: { title: 'Once' },
      android: { notification: { tag } },
      apns: { headers: { 'apns-collapse-id': tag } },
      webpush: { notification: { tag } },
    };
    for (const token of ['android-1', 'ios-1', 'web-1']) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => send(client, { ...message, token })),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(emulator.device(token)).toMatchObject({
        accepted: 10,
        screen: [{ title: 'Once', tag }],
      });
      expect(emulator.device(token).screen).toHaveLength(1);
    }
  });

  it('answers what is no send at all with 404', async () => {
    for (const [method, path] of [
      ['GET', '/v1/projects/demo/messages:send'],
      ['POST', '/v1/projects/demo/x/messages:send'],
      ['POST', '/v1/projects//messages:send'],
      ['POST', '/v1/projects/messages:send'],
      ['POST', '/fcm/send'],
    ] as const) {
      expect((await client.request(method, path)).status).toBe(404);
    }
    // Nobody reads this body; it must be in nobody's way either.
    const body = 'x'.repeat(300_000);
    expect((await client.request('POST', '/fcm/send', { body })).status).toBe(404);
    expect((await client.request('GET', '/emulator/stats')).status).toBe(200);
    expect(emulator.stats().requests).toBe(0);
  });
});
