import { QUICK, startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('health and metrics of push-service', () => {
  let stack: Stack;
  let api: string;

  beforeAll(async () => {
    stack = await startStack({ env: { ...QUICK, BREAKER_OPEN_MS: '1000' } });
    api = `${stack.pushUrls[0] ?? ''}/api/v1`;
    await stack.broker.publish({ request_id: 'm-1', push_token: 'android-m', template_code: 'Hi' });
    await stack.finalStatus('m-1');
  });
  afterAll(() => stack.close());

  const health = async (path = 'health'): Promise<{ status: number; body: Json }> => {
    const answer = await fetch(`${api}/${path}`);
    return { status: answer.status, body: (await answer.json()) as Json };
  };

  it('says that every part is connected and every breaker closed', async () => {
    const { status, body } = await health();
    expect(status).toBe(200);
    expect(body['status']).toBe('ok');
    expect(body['details']).toMatchObject({
      rabbitmq: { status: 'up' },
      redis: { status: 'up' },
      firebase: { status: 'up' },
      user_service: { status: 'up' },
    });
    expect(JSON.stringify(body)).toContain('"state":"closed"');
    expect(JSON.stringify(body)).not.toContain('guest:guest');
  });

  it('stays alive and ready while FCM is down, and says that FCM is', async () => {
    stack.emulator.setFaults({ then: { status: 503 } });
    for (let n = 0; n < 5; n += 1) {
      await stack.broker.publish({
        request_id: `down-${n}`,
        push_token: 'android-m',
        template_code: 'Hi',
      });
    }
    await waitFor('health to tell', async () =>
      JSON.stringify((await health()).body).includes('"state":"open"'),
    );
    expect((await health()).status).toBe(503);
    expect((await health('health/live')).status).toBe(200);
    expect((await health('health/ready')).status).toBe(200);
    stack.emulator.setFaults();
    await waitFor('health to recover', async () => (await health()).status === 200);
  });

  it('gives a person JSON and a scraper the text of Prometheus', async () => {
    const json = await fetch(`${api}/metrics`, { headers: { accept: '*/*' } });
    expect(json.headers.get('content-type')).toContain('application/json');
    const figures = (await json.json()) as Json;
    expect(figures['notifications']['received']).toBeGreaterThanOrEqual(6);
    expect(figures['notifications']['delivered']).toBeGreaterThanOrEqual(1);

    const text = await fetch(`${api}/metrics`, {
      headers: {
        accept:
          'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1',
      },
    });
    expect(text.headers.get('content-type')).toMatch(
      /^(text\/plain|application\/openmetrics-text)/,
    );
    const page = await text.text();
    expect(page).toMatch(/push_notifications_total\{[^}]*outcome="delivered"[^}]*\} [1-9]/);
    for (const name of ['push_circuit_breaker', 'push_queue', 'push_fcm_requests_total']) {
      expect(page).toContain(name);
    }
    expect(page).not.toContain('android-m');
  });

  it('describes its API', async () => {
    const document = (await (await fetch(`${api.replace('/v1', '')}/docs-json`)).json()) as Json;
    expect(Object.keys(document['paths'] as Json)).toEqual(
      expect.arrayContaining(['/api/v1/health', '/api/v1/health/ready', '/api/v1/metrics']),
    );
    expect((await fetch(`${api.replace('/v1', '')}/docs`)).status).toBe(200);
  });

  it('answers the API in well under 100 ms', async () => {
    const startedAt = performance.now();
    for (let n = 0; n < 20; n += 1) await fetch(`${api}/health/live`);
    expect((performance.now() - startedAt) / 20).toBeLessThan(100);
  });
});
