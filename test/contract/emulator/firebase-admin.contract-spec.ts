import { Agent } from 'node:https';
import { createConnection } from 'node:net';
import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { getMessaging, type Message } from 'firebase-admin/messaging';
import { startEmulator, type RunningEmulator } from '../../support/emulator';

/** Carries what is meant for fcm.googleapis.com to the emulator, without TLS. */
class EmulatorAgent extends Agent {
  constructor(private readonly emulatorPort: number) {
    super({ keepAlive: true });
  }
  override createConnection() {
    return createConnection(this.emulatorPort, '127.0.0.1');
  }
}

describe('the Admin SDK', () => {
  let emulator: RunningEmulator;
  let agent: EmulatorAgent;
  let app: App;

  beforeAll(async () => {
    emulator = await startEmulator();
    agent = new EmulatorAgent(emulator.port);
    const credential = {
      getAccessToken: async () => ({ access_token: 'emulated', expires_in: 3600 }),
    };
    app = initializeApp({ projectId: 'demo', credential, httpAgent: agent }, 'emulator-contract');
  });
  beforeEach(() => emulator.reset());
  afterAll(async () => {
    await deleteApp(app);
    agent.destroy();
    await emulator.close();
  });

  const message: Message = {
    token: 'ios-1',
    notification: { title: 'Common', body: 'Body', imageUrl: 'https://x/y.png' },
    data: { request_id: 'r-1', link: 'https://example.com' },
    android: {
      priority: 'high',
      ttl: 3_600_000,
      collapseKey: 'k',
      notification: {
        tag: 'same',
        channelId: 'c',
        color: '#112233',
        eventTimestamp: new Date(),
        vibrateTimingsMillis: [1, 2],
      },
    },
    apns: {
      headers: { 'apns-collapse-id': 'same', 'apns-priority': '10' },
      payload: { aps: { alert: { title: 'For iOS' }, badge: 1 } },
    },
    webpush: {
      notification: { tag: 'same', icon: 'https://x/i.png' },
      fcmOptions: { link: 'https://x/open' },
    },
    fcmOptions: { analyticsLabel: 'label' },
  };

  it('sends a message with every block, and gets its name', async () => {
    const name = await getMessaging(app).send(message);
    const [shown] = emulator.device('ios-1').screen;
    expect(name).toBe(`projects/demo/messages/${shown!.message_id}`);
    expect(shown).toMatchObject({
      title: 'For iOS',
      body: 'Body',
      image: 'https://x/y.png',
      link: 'https://example.com',
      tag: 'same',
    });
    expect(emulator.requests({ request_id: 'r-1' })).toHaveLength(1);
  });

  it('makes a dry run without showing anything', async () => {
    await expect(getMessaging(app).send(message, true)).resolves.toMatch(
      /^projects\/demo\/messages\//,
    );
    expect(emulator.stats()).toMatchObject({ validated: 1, accepted: 0 });
  });

  it.each([
    ['UNREGISTERED', 'messaging/registration-token-not-registered'],
    ['INVALID_ARGUMENT', 'messaging/invalid-argument'],
    ['SENDER_ID_MISMATCH', 'messaging/mismatched-credential'],
    ['QUOTA_EXCEEDED', 'messaging/message-rate-exceeded'],
    ['THIRD_PARTY_AUTH_ERROR', 'messaging/third-party-auth-error'],
    ['INTERNAL', 'messaging/internal-error'],
  ] as const)('reads %s as %s, after one request', async (error_code, code) => {
    emulator.setFaults({ then: { error_code } });
    await expect(getMessaging(app).send(message)).rejects.toMatchObject({ code });
    expect(emulator.stats().requests).toBe(1);
  });
});
