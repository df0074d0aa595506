import { once } from 'node:events';
import { startEmulator, type RunningEmulator } from '../../support/emulator';
import { waitFor } from '../../support/wait-for';
import {
  errorOf,
  fcmCodeOf,
  openSession,
  protocols,
  requestOn,
  send,
  type Client,
} from './clients';

const hello = { token: 'tok-1', notification: { title: 'Hello' }, data: { request_id: 'r-1' } };

describe.each(protocols)('a fault over %s', (protocol, connectTo) => {
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

  it.each([
    [{ status: 503, retry_after: 7 }, 503, 'UNAVAILABLE'],
    [{ status: 500 }, 500, 'INTERNAL'],
    [
      { error_code: 'QUOTA_EXCEEDED', retry_after: 'Wed, 21 Oct 2099 07:28:00 GMT' },
      429,
      'QUOTA_EXCEEDED',
    ],
    [{ error_code: 'SENDER_ID_MISMATCH' }, 403, 'SENDER_ID_MISMATCH'],
    [{ error_code: 'THIRD_PARTY_AUTH_ERROR' }, 401, 'THIRD_PARTY_AUTH_ERROR'],
    [{ error_code: 'UNREGISTERED' }, 404, 'UNREGISTERED'],
    [{ error_code: 'INVALID_ARGUMENT', field: 'message.token' }, 400, 'INVALID_ARGUMENT'],
    [{ error_code: 'PERMISSION_DENIED' }, 403, undefined],
    [{ status: 401 }, 401, undefined],
  ] as const)('answers %j with %d', async (then, status, code) => {
    emulator.setFaults({ times: 1, then });
    const answer = await send(client, hello);
    expect([answer.status, errorOf(answer).code, fcmCodeOf(answer)]).toEqual([
      status,
      status,
      code,
    ]);
    expect(answer.headers['retry-after']).toBe(
      'retry_after' in then ? String(then.retry_after) : undefined,
    );
    expect(emulator.devices()).toEqual([]);
    expect((await send(client, hello)).status).toBe(200);
    expect(emulator.stats()).toMatchObject({ requests: 2, refused: 1, accepted: 1 });
  });

  it('answers a status without a code of FCM with a page, as Google’s front end does', async () => {
    emulator.setFaults({ then: { status: 502 } });
    const answer = await send(client, hello);
    expect([answer.status, answer.headers['content-type']]).toEqual([
      502,
      'text/html; charset=UTF-8',
    ]);
  });

  it('meets only what it matches', async () => {
    emulator.setFaults(
      { match: { token: 'other' }, then: { status: 500 } },
      { match: { validate_only: true }, then: { status: 503 } },
    );
    expect((await send(client, hello)).status).toBe(200);
    expect((await send(client, { ...hello, token: 'other' })).status).toBe(500);
    expect((await send(client, hello, { validate_only: true })).status).toBe(503);
  });

  it('delays and then goes on as usual when it has but a latency', async () => {
    emulator.setFaults({ then: { latency_ms: 60 } });
    const from = performance.now();
    const pending = send(client, hello);
    await waitFor('the send arrived', () => emulator.requests().length === 1);
    expect(emulator.requests()).toMatchObject([{ answer: null }]);
    expect((await pending).status).toBe(200);
    expect(performance.now() - from).toBeGreaterThanOrEqual(59);
    expect(emulator.device('tok-1').accepted).toBe(1);
  });

  it('delays an error too', async () => {
    emulator.setFaults({ then: { latency_ms: 60, status: 503 } });
    const from = performance.now();
    expect((await send(client, hello)).status).toBe(503);
    expect(performance.now() - from).toBeGreaterThanOrEqual(59);
  });

  it('cuts without an answer on reset, and shows nothing', async () => {
    emulator.setFaults({ times: 1, then: { reset: true } });
    await expect(send(client, hello)).rejects.toThrow();
    expect(emulator.requests()).toMatchObject([
      { answer: 'reset', token: 'tok-1', request_id: 'r-1' },
    ]);
    expect(emulator.devices()).toEqual([]);
    expect((await send(client, hello)).status).toBe(200);
  });

  it('shows the push and then cuts on accept_then_reset', async () => {
    emulator.setFaults({ times: 1, then: { accept_then_reset: true } });
    await expect(send(client, hello)).rejects.toThrow();
    expect(emulator.device('tok-1')).toMatchObject({ accepted: 1, screen: [{ title: 'Hello' }] });
    expect(emulator.requests()).toMatchObject([{ answer: 'reset' }]);
    expect((await send(client, hello)).status).toBe(200);
  });

  it('never answers on hang', async () => {
    emulator.setFaults({ times: 1, then: { hang: true } });
    const controller = new AbortController();
    const options = {
      headers: { authorization: 'Bearer x' },
      body: JSON.stringify({ message: hello }),
      signal: controller.signal,
    };
    const pending = send(client, {}, {}, options);
    const ended = expect(pending).rejects.toThrow();
    await waitFor('the send hangs', () => emulator.requests()[0]?.answer === 'hang');
    controller.abort();
    await ended;
    expect((await send(client, hello)).status).toBe(200);
    expect(emulator.device('tok-1').accepted).toBe(1);
  });

  it('comes as often as its probability says', async () => {
    const tosses = [0.9, 0.1, 0.9];
    const gambling = await startEmulator({ random: () => tosses.shift() ?? 1 });
    const player = connectTo(gambling.url);
    gambling.setFaults({ probability: 0.5, then: { status: 503 } });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await send(player, hello)).status);
    expect(statuses).toEqual([200, 503, 200]);
    player.close();
    await gambling.close();
  });

  it('answers and lets the connection end on goaway', async () => {
    emulator.setFaults({ times: 1, then: { goaway: true } });
    const answer = await send(client, hello);
    expect(answer.status).toBe(200);
    if (protocol === 'HTTP/1.1') expect(answer.headers.connection).toBe('close');
    expect((await send(client, hello)).status).toBe(200);
  });
});

describe('over HTTP/2', () => {
  let emulator: RunningEmulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.close());

  const headers = { authorization: 'Bearer x' };
  const path = '/v1/projects/demo/messages:send';
  const bodyFor = (token: string) =>
    JSON.stringify({ message: { token, notification: { title: 'x' } } });

  it('reset cuts one stream and leaves the session to the others', async () => {
    emulator.setFaults(
      { match: { token: 'bad' }, then: { reset: true } },
      { match: { token: 'slow' }, then: { latency_ms: 50 } },
    );
    const session = openSession(emulator.url);
    const slow = requestOn(session, 'POST', path, { headers, body: bodyFor('slow') });
    await expect(
      requestOn(session, 'POST', path, { headers, body: bodyFor('bad') }),
    ).rejects.toMatchObject({
      code: 'ERR_HTTP2_STREAM_ERROR',
    });
    expect((await slow).status).toBe(200);
    session.destroy();
  });

  it('goaway says NO_ERROR, and what is under way is still answered', async () => {
    emulator.setFaults(
      { match: { token: 'slow' }, then: { latency_ms: 50 } },
      { match: { token: 'last' }, then: { goaway: true } },
    );
    const session = openSession(emulator.url);
    const goaway = once(session, 'goaway');
    const slow = requestOn(session, 'POST', path, { headers, body: bodyFor('slow') });
    expect(
      (await requestOn(session, 'POST', path, { headers, body: bodyFor('last') })).status,
    ).toBe(200);
    expect((await goaway)[0]).toBe(0);
    expect((await slow).status).toBe(200);
    await waitFor('the session has ended', () => session.destroyed);
  });
});
