import { admin, ADMIN_KEY, READING_KEY } from '../../support/admin';
import { AppProcess } from '../../support/processes';
import { startStack, untilReady, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('the audit log of the admin API', () => {
  let stack: Stack;
  let app: AppProcess;
  let pushUrls: string[];

  beforeAll(async () => {
    stack = await startStack({ instances: 0 });
    const keys = `alice:${ADMIN_KEY},dashboard:${READING_KEY}:read`;
    app = new AppProcess('push-service', {
      ...stack.env,
      LOG_LEVEL: 'info',
      ADMIN_API_KEYS: keys,
    });
    pushUrls = [await app.url()];
    await untilReady(pushUrls[0] ?? '');
  });
  afterAll(async () => {
    await app.stop();
    await stack.close();
  });

  const lines = () => app.log.filter(({ context }) => context === 'Admin');
  const lineOf = (actor: string | undefined, result: string) =>
    waitFor(`a line about ${actor}: ${result}`, () =>
      lines().find((line) => line['actor'] === actor && line['result'] === result),
    );

  it('logs the actor, the action and its parameters', async () => {
    await admin({ pushUrls }, '/breakers/fcm/reset', { method: 'POST' });
    expect(await lineOf('alice', 'done')).toMatchObject({
      level: 'INFO',
      action: 'POST /api/v1/admin/breakers/:dependency/reset',
      params: { dependency: 'fcm' },
    });
  });

  it('logs the actor whose key is read-only', async () => {
    await admin({ pushUrls }, '/intake/pause', { method: 'POST', key: READING_KEY });
    expect(await lineOf('dashboard', 'read-only key')).toMatchObject({ level: 'WARN' });
  });

  it('logs the address of a wrong key, but not the key', async () => {
    await admin({ pushUrls }, '/whoami', { key: 'a-guess-at-somebody' });
    expect(await lineOf(undefined, 'wrong key')).toMatchObject({ address: '127.0.0.1' });
    expect(app.output).not.toContain('a-guess-at-somebody');
  });

  it('logs no reads at the default level', async () => {
    for (let n = 0; n < 3; n += 1) await admin({ pushUrls }, '/whoami');
    await admin({ pushUrls }, '/breakers/nothing/reset', { method: 'POST' });
    await lineOf('alice', 'HTTP 404');
    expect(lines().filter(({ action }) => String(action).startsWith('GET'))).toHaveLength(1); // the wrong key
  });
});
