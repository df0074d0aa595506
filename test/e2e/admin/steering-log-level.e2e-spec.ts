import { admin, ADMIN_KEY, startAdminStack } from '../../support/admin';
import { AppProcess } from '../../support/processes';
import { untilReady, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('the log level controlled by an operator, in another process', () => {
  let stack: Stack;
  let app: AppProcess;
  let url = '';

  beforeAll(async () => {
    stack = await startAdminStack();
    app = new AppProcess('push-service', { ...stack.env, LOG_LEVEL: 'info' });
    url = await app.url();
    await untilReady(url);
  });
  afterAll(async () => {
    await app.stop();
    await stack.close();
  });

  const lines = (level: string) => app.log.filter((line) => line['level'] === level);
  const changes = () =>
    app.log
      .filter(({ message }) => message === 'Log level changed')
      .map(({ actor, from, to }) => ({ actor, from, to }));

  it('becomes debug and is restored after its time, without a secret in the lines', async () => {
    expect(lines('DEBUG')).toEqual([]);
    const target = { pushUrls: [url] };
    const body = { level: 'debug', for_seconds: 2 };
    const answer = await admin(target, '/log-level', { method: 'PUT', body });
    expect(answer.body['data']).toMatchObject({
      level: 'debug',
      configured: 'info',
      wished: { by: 'alice' },
    });
    await fetch(`${url}/api/v1/health/live`); // logged at debug
    await waitFor('a line at debug', () => lines('DEBUG').length > 0);
    await waitFor('the restored level', () => changes().length === 2);
    expect(changes()).toEqual([
      { actor: 'alice', from: 'info', to: 'debug' },
      { actor: 'alice', from: 'debug', to: 'info' },
    ]);
    const before = lines('DEBUG').length;
    await fetch(`${url}/api/v1/health/live`);
    await admin(target, '/log-level'); // logged after it
    await waitFor('a later line', () =>
      app.log.some(({ path }) => path === '/api/v1/admin/log-level'),
    );
    expect(lines('DEBUG')).toHaveLength(before);
    expect(app.output).not.toContain(ADMIN_KEY);
  });

  it('is restored on request', async () => {
    const before = changes().length;
    const target = { pushUrls: [url] };
    await admin(target, '/log-level', { method: 'PUT', body: { level: 'debug' } });
    const answer = await admin(target, '/log-level', { method: 'DELETE' });
    expect(answer.body['data']).toMatchObject({ level: 'info', wished: { level: null } });
    await waitFor('both changes', () => changes().length === before + 2);
  });
});
