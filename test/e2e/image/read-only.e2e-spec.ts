import { freePort } from '../../support/ports';
import type { AppProcess } from '../../support/processes';
import { startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';
import { assembleImage, dataFolder, removeImage, runImage } from './image';

describe('the content of the image, run unprivileged on a read-only file system', () => {
  let stack: Stack;
  let app: AppProcess | undefined;
  let url: string;

  beforeAll(async () => {
    stack = await startStack({ instances: 0 });
  });
  afterEach(async () => {
    await app?.stop();
  });
  afterAll(async () => {
    await stack.close();
    removeImage();
  });

  /** Resolves when it is ready. The bench measures how long that takes. */
  const start = async (name: string, env: Record<string, string>): Promise<void> => {
    const port = String(await freePort());
    const running = (app = runImage(name, { ...env, PORT: port }));
    url = `http://127.0.0.1:${port}`;
    const path = name === 'fcm-emulator' ? '/emulator/stats' : '/api/v1/health/ready';
    let ended = false;
    void running.exited.then(() => (ended = true));
    await waitFor(`${name} to be ready`, () => {
      if (ended) throw new Error(`It has exited:\n${running.output}`);
      return fetch(url + path).then(
        ({ ok }) => ok,
        () => false,
      );
    });
  };
  const stop = async (): Promise<void> => {
    app?.kill('SIGTERM');
    expect([await app?.exited, app?.output]).toEqual([0, expect.any(String)]);
    expect(app?.output).not.toMatch(/EROFS|EACCES|ERR_ACCESS_DENIED/);
  };

  it('push-service becomes ready, delivers, and exits with code 0', async () => {
    assembleImage('push-service');
    await start('push-service', stack.env);
    const request_id = 'read-only';
    await stack.broker.publish({ request_id, push_token: 'android-r', template_code: 'Hi' });
    expect(await stack.finalStatus(request_id)).toMatchObject({ status: 'delivered' });
    await stop();
  });

  it.each(['api-gateway', 'fcm-emulator'])(
    '%s starts, answers and exits with code 0',
    async (name) => {
      assembleImage(name);
      await start(name, stack.env);
      await stop();
    },
  );

  it('user-service writes to its data folder only', async () => {
    assembleImage('user-service');
    const env = { ...stack.env, DATABASE_FILE: `${dataFolder()}/user-service.sqlite` };
    await start('user-service', env);
    const answer = await fetch(`${url}/api/v1/users/test-user-123`);
    expect(answer.status).toBe(200);
    await stop();
  });

  it('user-service names the variable when its data folder cannot be written', async () => {
    assembleImage('user-service');
    app = runImage('user-service', { ...stack.env, DATABASE_FILE: '/opt/user-service.sqlite' });
    expect(await app.exited).toBe(1);
    expect(app.output).toContain('DATABASE_FILE');
  });
});
