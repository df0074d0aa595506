import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@push/config';
import { startUserService } from '../../../apps/user-service/src/start';
import { UserServiceHarness } from './user-service.harness';

describe('the life of a user service', () => {
  const service = new UserServiceHarness();
  afterEach(async () => service.stop());

  it('keeps users over a restart and does not bring demo users back', async () => {
    await service.start();
    await service.request('PUT', '/api/v1/users/test-user-123', { name: 'Johnny', devices: [] });
    await service.restart();
    const { body } = await service.request('GET', '/api/v1/users/test-user-123');
    expect(body.data).toMatchObject({ name: 'Johnny', devices: [], push_token: null });
  });

  it('starts empty when told to', async () => {
    await service.start({ SEED_DEMO_DATA: 'false', DATABASE_FILE: ':memory:' });
    const { body } = await service.request('GET', '/api/v1/users');
    expect([body.data, body.meta?.total]).toEqual([[], 0]);
  });

  it('asks for a key once there is one, but not for health', async () => {
    await service.start({ USER_SERVICE_API_KEYS: 'one,two' });
    const path = '/api/v1/users/test-user-123';
    const refused = await service.request('GET', path);
    expect([refused.status, refused.body.error]).toEqual([401, 'unauthorized']);
    expect((await service.request('GET', path, undefined, { 'x-api-key': 'on' })).status).toBe(401);
    expect((await service.request('GET', path, undefined, { 'x-api-key': 'two' })).status).toBe(
      200,
    );
    expect((await service.request('GET', '/api/v1/health/live')).status).toBe(200);
  });
});

describe('a user service that cannot start', () => {
  it('names every wrong variable at once', async () => {
    const start = startUserService({ PORT: 'x', SEED_DEMO_DATA: 'perhaps' });
    await expect(start).rejects.toThrow(/PORT should be[^]*SEED_DEMO_DATA should be/);
  });

  it('says so when the file is no database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'user-service-'));
    try {
      const file = join(folder, 'notes.txt');
      await writeFile(
        file,
        'this is no database, it is a text of more than a hundred bytes '.repeat(9),
      );
      const start = startUserService({ PORT: '0', LOG_LEVEL: 'silent', DATABASE_FILE: file });
      await expect(start).rejects.toThrow(ConfigError);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
