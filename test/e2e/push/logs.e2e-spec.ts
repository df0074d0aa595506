import { freePort } from '../../support/ports';
import { AppProcess } from '../../support/processes';
import { RABBITMQ_URL, REDIS_URL } from '../../support/servers';
import { TestBroker } from '../../support/broker';
import { deleteKeys, postJson, uniqueNamespace, untilReady, type Json } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const SECRETS = { status: 'status-secret-of-this-run', key: 'gateway-key-of-this-run' };
const TOKEN = 'android-secret-token-of-a-device-0123456789';

describe('the logs of all four apps, each its own process', () => {
  const namespace = uniqueNamespace();
  const apps: Record<string, AppProcess> = {};
  let gatewayUrl = '';

  beforeAll(async () => {
    const [gatewayPort, userPort, emulatorPort] = [
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
    const common = {
      HOST: '127.0.0.1',
      RABBITMQ_URL,
      REDIS_URL,
      QUEUE_NAMESPACE: namespace,
      REDIS_NAMESPACE: namespace,
      STATUS_CALLBACK_SECRET: SECRETS.status,
      LOG_LEVEL: 'debug',
    };
    apps['fcm-emulator'] = new AppProcess('fcm-emulator', {
      ...common,
      PORT: String(emulatorPort),
    });
    apps['user-service'] = new AppProcess('user-service', {
      ...common,
      PORT: String(userPort),
      DATABASE_FILE: ':memory:',
    });
    apps['api-gateway'] = new AppProcess('api-gateway', {
      ...common,
      PORT: String(gatewayPort),
      GATEWAY_API_KEYS: SECRETS.key,
    });
    apps['push-service'] = new AppProcess('push-service', {
      ...common,
      PORT: '0',
      FCM_EMULATOR_HOST: `127.0.0.1:${emulatorPort}`,
      USER_SERVICE_URL: `http://127.0.0.1:${userPort}`,
      STATUS_CALLBACK_URL: `${gatewayUrl}/api/v1/push/status/`,
    });
    await untilReady(await apps['push-service'].url(), 30_000);
    await untilReady(await apps['api-gateway'].url(), 30_000);
    const userUrl = await apps['user-service'].url();
    await postJson(
      `${userUrl}/api/v1/users/logged`,
      { devices: [{ token: TOKEN, platform: 'android' }] },
      'PUT',
    );
  });
  afterAll(async () => {
    await Promise.all(Object.values(apps).map((app) => app.stop()));
    await (await TestBroker.open(namespace)).close();
    await deleteKeys(namespace);
  });

  it('follow one notification by its correlation id', async () => {
    const answer = await fetch(`${gatewayUrl}/api/v1/notifications/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-correlation-id': 'corr-follow-me',
        'x-api-key': SECRETS.key,
      },
      body: JSON.stringify({ request_id: 'logged-1', user_id: 'logged', template_code: 'Hi' }),
    });
    expect(answer.status).toBe(202);
    for (const app of ['api-gateway', 'push-service', 'user-service', 'fcm-emulator']) {
      await waitFor(`corr-follow-me in the log of ${app}`, () =>
        apps[app]?.log.some((line) => line['correlation_id'] === 'corr-follow-me'),
      );
    }
    const delivered = await waitFor('the delivery line', () =>
      apps['push-service']?.log.find((line) => line['message'] === 'Push notification delivered'),
    );
    expect(delivered).toMatchObject({
      level: 'INFO',
      correlation_id: 'corr-follow-me',
      user_id: 'logged',
      request_id: 'logged-1',
    });
    expect(new Date(String(delivered['timestamp'])).toISOString()).toBe(delivered['timestamp']);
  });

  it('are one JSON object a line', () => {
    for (const app of Object.values(apps)) {
      for (const line of app.output.split('\n').filter(Boolean)) {
        const parsed = JSON.parse(line) as Json;
        expect(Object.keys(parsed)).toEqual(
          expect.arrayContaining(['timestamp', 'level', 'message']),
        );
      }
    }
  });

  it('hold no token, key or secret', () => {
    for (const app of Object.values(apps)) {
      for (const secret of [TOKEN, SECRETS.status, SECRETS.key])
        expect(app.output).not.toContain(secret);
    }
  });
});
