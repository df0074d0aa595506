import type { FailureClass, FcmTransport } from '@push/fcm';
import { startEmulator, type FaultInput, type RunningEmulator } from '../../support/emulator';
import { waitFor } from '../../support/wait-for';
import { push, type Opened } from './transports';

const TOKEN = 'contract-device-token-0123456789';
const DEADLINE_MS = 400;

/** A refusal of FCM's, and what it has to be told as. */
type Row = [
  name: string,
  fault: FaultInput['then'],
  failure: FailureClass,
  code: string,
  status: number,
];

const ROWS: Row[] = [
  ['UNREGISTERED', { error_code: 'UNREGISTERED' }, 'token', 'UNREGISTERED', 404],
  [
    'INVALID_ARGUMENT on the token',
    { error_code: 'INVALID_ARGUMENT', field: 'message.token' },
    'token',
    'INVALID_ARGUMENT',
    400,
  ],
  [
    'INVALID_ARGUMENT that tells of the token in words alone',
    {
      error_code: 'INVALID_ARGUMENT',
      message: 'The registration token is not a valid FCM registration token',
    },
    'token',
    'INVALID_ARGUMENT',
    400,
  ],
  [
    'INVALID_ARGUMENT on another field',
    { error_code: 'INVALID_ARGUMENT', field: 'message.android.ttl' },
    'payload',
    'INVALID_ARGUMENT',
    400,
  ],
  ['INVALID_ARGUMENT', { error_code: 'INVALID_ARGUMENT' }, 'payload', 'INVALID_ARGUMENT', 400],
  ['SENDER_ID_MISMATCH', { error_code: 'SENDER_ID_MISMATCH' }, 'sender', 'SENDER_ID_MISMATCH', 403],
  [
    'THIRD_PARTY_AUTH_ERROR',
    { error_code: 'THIRD_PARTY_AUTH_ERROR' },
    'platform-auth',
    'THIRD_PARTY_AUTH_ERROR',
    401,
  ],
  ['UNAUTHENTICATED', { error_code: 'UNAUTHENTICATED' }, 'credentials', 'UNAUTHENTICATED', 401],
  [
    'PERMISSION_DENIED',
    { error_code: 'PERMISSION_DENIED' },
    'credentials',
    'PERMISSION_DENIED',
    403,
  ],
  [
    'QUOTA_EXCEEDED of the project',
    { error_code: 'QUOTA_EXCEEDED' },
    'rate',
    'QUOTA_EXCEEDED',
    429,
  ],
  [
    'QUOTA_EXCEEDED of a device',
    { error_code: 'QUOTA_EXCEEDED', quota_subject: `device:${TOKEN}` },
    'target-rate',
    'QUOTA_EXCEEDED',
    429,
  ],
  [
    'QUOTA_EXCEEDED of a topic',
    { error_code: 'QUOTA_EXCEEDED', quota_subject: 'topic:news' },
    'target-rate',
    'QUOTA_EXCEEDED',
    429,
  ],
  ['UNAVAILABLE', { error_code: 'UNAVAILABLE' }, 'transient', 'UNAVAILABLE', 503],
  ['INTERNAL', { error_code: 'INTERNAL' }, 'transient', 'INTERNAL', 500],
  ['DEADLINE_EXCEEDED', { error_code: 'DEADLINE_EXCEEDED' }, 'transient', 'DEADLINE_EXCEEDED', 504],
  [
    'a 404 that does not say UNREGISTERED',
    { error_code: 'NOT_FOUND' },
    'payload',
    'NOT_FOUND',
    404,
  ],
  ['a proxy page with 502', { status: 502 }, 'transient', 'HTTP_502', 502],
  ['a proxy page with 407', { status: 407 }, 'transient', 'HTTP_407', 407],
];

interface SentMessage {
  message: {
    notification: object;
    data: object;
    android: object;
    apns: { headers: Record<string, string> };
    webpush: object;
  };
}

/** The SDK leaves the name as it is in JavaScript, and FCM takes either. */
function sdkOr(name: 'fcm_options', block: object): string {
  return 'fcmOptions' in block ? 'fcmOptions' : name;
}

/** What every transport has to do, against FCM as the emulator plays it. */
export function fcmTransportContract(
  name: string,
  make: (host: string, options: { timeoutMs: number }) => Opened<FcmTransport>,
): void {
  describe(`${name} transport`, () => {
    let emulator: RunningEmulator;
    let opened: Opened<FcmTransport>;
    let transport: FcmTransport;

    beforeAll(async () => {
      emulator = await startEmulator();
      opened = make(emulator.host, { timeoutMs: DEADLINE_MS });
      transport = opened.transport;
    });
    beforeEach(() => emulator.reset());
    afterAll(async () => {
      await opened.close();
      await emulator.close();
    });

    it('shows the push on the device and hands back its message name', async () => {
      const result = await transport.send(push(TOKEN, { title: 'Welcome John!', body: 'hi' }));
      const [sent] = emulator.messages();
      expect(result).toEqual({
        accepted: true,
        messageId: `projects/demo-project/messages/${sent?.message_id}`,
      });
      expect(emulator.device(TOKEN).screen).toEqual([
        expect.objectContaining({ title: 'Welcome John!', body: 'hi' }),
      ]);
    });

    it('writes every platform the same message, with the tag in each one', async () => {
      const content = {
        title: 'T',
        body: 'B',
        image: 'https://example.com/i.png',
        link: 'https://example.com/l',
        data: { campaign_id: '123' },
        priority: 'high' as const,
        tag: 'tag-of-request-1',
        ttlSeconds: 3600,
      };
      const before = Math.floor(Date.now() / 1000);
      await transport.send({ token: TOKEN, content });
      const { message } = emulator.messages()[0]! as unknown as SentMessage;
      expect(message.notification).toEqual({ title: 'T', body: 'B', image: content.image });
      expect(message.data).toEqual({ campaign_id: '123', link: content.link });
      expect(message.android).toEqual({
        priority: expect.stringMatching(/^high$/i),
        ttl: '3600s',
        notification: { tag: content.tag, default_sound: true },
      });
      expect(message.apns).toEqual({
        headers: {
          'apns-push-type': 'alert',
          'apns-priority': '10',
          'apns-collapse-id': content.tag,
          'apns-expiration': expect.any(String),
        },
        payload: { aps: { sound: 'default', 'mutable-content': 1 } },
        [sdkOr('fcm_options', message.apns)]: { image: content.image },
      });
      const expiration = Number(message.apns.headers['apns-expiration']);
      expect(expiration).toBeGreaterThanOrEqual(before + 3600);
      expect(expiration).toBeLessThanOrEqual(before + 3602);
      expect(message.webpush).toEqual({
        headers: { Urgency: 'high', TTL: '3600' },
        notification: { tag: content.tag },
        [sdkOr('fcm_options', message.webpush)]: { link: content.link },
      });
    });

    it.each(['android-1', 'ios-1', 'web-1'])(
      'replaces a push that is sent twice on the screen of %s',
      async (token) => {
        await transport.send(push(token, { title: 'once', tag: 'same' }));
        await transport.send(push(token, { title: 'twice', tag: 'same' }));
        expect(emulator.device(token).screen).toEqual([
          expect.objectContaining({ title: 'twice', tag: 'same' }),
        ]);
      },
    );

    it('has a message checked and not delivered when it is to be validated only', async () => {
      const result = await transport.send(push(TOKEN), { validateOnly: true });
      expect(result).toMatchObject({ accepted: true });
      expect(emulator.requests()).toEqual([expect.objectContaining({ validate_only: true })]);
      expect(emulator.device(TOKEN).screen).toEqual([]);
    });

    it('sends tokens with any characters as they are', async () => {
      const odd = 'a"b\\c/d\u0000e é漢😀 &?#';
      expect(await transport.send(push(odd))).toMatchObject({ accepted: true });
      expect(emulator.device(odd).screen).toHaveLength(1);
    });

    describe('a refusal', () => {
      it.each(ROWS)(
        '%s is told as what it is, after one request',
        async (_, then, failure, code, httpStatus) => {
          emulator.setFaults({ then });
          const result = await transport.send(push(TOKEN));
          expect(result).toMatchObject({ accepted: false, failure, code, httpStatus });
          expect(emulator.requests()).toHaveLength(1);
        },
      );

      it('never repeats the token', async () => {
        const message = `Requested entity ${TOKEN} was not found.`;
        emulator.setFaults({ then: { error_code: 'UNREGISTERED', message } });
        const result = await transport.send(push(TOKEN));
        expect(JSON.stringify(result)).not.toContain(TOKEN);
        expect(result).toMatchObject({
          message: expect.stringContaining('Requested entity cont...'),
        });
      });

      it('of a payload beyond 4,096 bytes is the payload’s', async () => {
        const result = await transport.send(push(TOKEN, { body: 'x'.repeat(4100) }));
        expect(result).toMatchObject({ failure: 'payload', code: 'INVALID_ARGUMENT' });
        expect(emulator.requests()).toHaveLength(1);
      });

      it.each([
        ['seconds', () => 7, 7000, 7000],
        ['an HTTP date', () => new Date(Date.now() + 90_000).toUTCString(), 85_000, 91_000],
      ])('with Retry-After in %s says how long to wait', async (_, retryAfter, least, most) => {
        for (const status of [429, 503]) {
          emulator.setFaults({ then: { status, retry_after: retryAfter() } });
          const result = await transport.send(push(TOKEN));
          if (result.accepted) throw new Error('accepted');
          expect(result.retryAfterMs).toBeGreaterThanOrEqual(least);
          expect(result.retryAfterMs).toBeLessThanOrEqual(most);
        }
        expect(emulator.requests()).toHaveLength(2);
      });

      it('of 429 without Retry-After means a minute, and of 503 nothing', async () => {
        emulator.setFaults({ times: 1, then: { status: 429 } }, { then: { status: 503 } });
        expect(await transport.send(push(TOKEN))).toMatchObject({ retryAfterMs: 60_000 });
        expect((await transport.send(push(TOKEN))) as object).toHaveProperty(
          'retryAfterMs',
          undefined,
        );
      });
    });

    describe('trouble on the way', () => {
      it('is told after the deadline when no answer comes, and sends nothing again', async () => {
        emulator.setFaults({ then: { hang: true } });
        const started = Date.now();
        const result = await transport.send(push(TOKEN));
        expect(result).toMatchObject({ failure: 'transient', code: 'TIMEOUT' });
        expect(Date.now() - started).toBeLessThan(DEADLINE_MS * 2);
        expect(emulator.requests()).toHaveLength(1);
      });

      it('is told when the request is reset, and sends nothing again', async () => {
        emulator.setFaults({ then: { reset: true } });
        const result = await transport.send(push(TOKEN));
        expect(result).toMatchObject({ failure: 'transient', code: 'NETWORK' });
        expect(emulator.requests()).toHaveLength(1);
      });

      it('is told when the connection breaks before the answer, and sends nothing again', async () => {
        emulator.setFaults({ then: { accept_then_reset: true } });
        const result = await transport.send(push(TOKEN));
        expect(result).toMatchObject({ failure: 'transient', code: 'NETWORK' });
        expect(emulator.requests()).toHaveLength(1);
        expect(emulator.device(TOKEN).screen).toHaveLength(1);
      });

      it('is over when it is over', async () => {
        emulator.setFaults({ times: 1, then: { accept_then_reset: true } });
        await transport.send(push(TOKEN));
        expect(await transport.send(push(TOKEN))).toMatchObject({ accepted: true });
      });
    });

    it('tells how many sends are under way', async () => {
      emulator.setFaults({ then: { latency_ms: 200 } });
      const sends = Promise.all([1, 2, 3].map(() => transport.send(push(TOKEN))));
      await waitFor('three requests', () => transport.streams === 3);
      await sends;
      await waitFor('none', () => transport.streams === 0);
    });

    it('keeps many sends under way at once apart', async () => {
      const tokens = Array.from({ length: 200 }, (_, index) =>
        index % 10 === 0 ? `unregistered-${index}` : `device-${index}`,
      );
      const results = await Promise.all(tokens.map((token) => transport.send(push(token))));
      results.forEach((result, index) => expect(result.accepted).toBe(index % 10 !== 0));
      expect(emulator.requests()).toHaveLength(200);
      expect(transport.sessions).toBeLessThanOrEqual(100);
    });
  });

  describe(`${name} transport and its access token`, () => {
    it('fetches a new one after FCM refused it, and sends nothing again', async () => {
      const emulator = await startEmulator();
      const { transport, project, close } = make(emulator.host, { timeoutMs: DEADLINE_MS });
      const refused = await project.tokens.get();
      emulator.setFaults({ times: 1, then: { error_code: 'UNAUTHENTICATED' } });
      await transport.send(push(TOKEN));
      expect(emulator.requests()).toHaveLength(1);
      await waitFor('another token', async () => (await project.tokens.get()) !== refused);
      await close();
      await emulator.close();
    });
  });

  describe(`${name} transport without FCM`, () => {
    it('tells that nobody listens, and holds no connection', async () => {
      const emulator = await startEmulator();
      await emulator.close();
      const { transport, close } = make(emulator.host, { timeoutMs: DEADLINE_MS });
      const results = await Promise.all([1, 2, 3].map(() => transport.send(push(TOKEN))));
      for (const result of results) {
        expect(result).toMatchObject({ failure: 'transient', code: 'NETWORK' });
      }
      await waitFor('no connection', () => transport.sessions === 0);
      await close();
    });

    it('finds an emulator that was started anew', async () => {
      const first = await startEmulator();
      const { transport, close } = make(first.host, { timeoutMs: DEADLINE_MS });
      expect(await transport.send(push(TOKEN))).toMatchObject({ accepted: true });
      await first.close();
      await waitFor('the end of the connection', () => transport.sessions === 0);
      const second = await startEmulator({ port: first.port });
      expect(await transport.send(push(TOKEN))).toMatchObject({ accepted: true });
      expect(second.requests()).toHaveLength(1);
      await close();
      await second.close();
    });

    it('lets sends under way end when it is closed, and takes no more', async () => {
      const emulator = await startEmulator();
      const { transport, close } = make(emulator.host, { timeoutMs: DEADLINE_MS });
      emulator.setFaults({ then: { latency_ms: 100 } });
      const underWay = transport.send(push(TOKEN));
      const closing = close();
      expect(await transport.send(push(TOKEN))).toMatchObject({
        failure: 'transient',
        code: 'CLOSED',
      });
      expect(await underWay).toMatchObject({ accepted: true });
      await closing;
      await waitFor('no connection', () => transport.sessions === 0);
      await emulator.close();
    });
  });
}
