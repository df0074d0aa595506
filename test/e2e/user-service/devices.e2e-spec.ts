import { UserServiceHarness } from './user-service.harness';

const service = new UserServiceHarness();
beforeAll(async () => service.start());
afterAll(async () => service.stop());

const request: UserServiceHarness['request'] = (...args) => service.request(...args);

const tokensOf = async (user: string): Promise<string[]> => {
  const { body } = await request('GET', `/api/v1/users/${user}/devices`);
  return (body.data as { token: string }[]).map(({ token }) => token);
};

const newUser = async (user: string, ...tokens: string[]): Promise<void> => {
  await request('PUT', `/api/v1/users/${user}`, { devices: tokens.map((token) => ({ token })) });
};

const register = (user: string, token: string) =>
  request('POST', `/api/v1/users/${user}/devices`, { token, platform: 'android' });

describe('devices', () => {
  it('registers a device once, however often it is registered', async () => {
    await newUser('once');
    expect((await register('once', 'once-phone')).status).toBe(200);
    expect((await register('once', 'once-phone')).status).toBe(200);
    expect(await tokensOf('once')).toEqual(['once-phone']);
  });

  it('moves a token to the user who registers it last', async () => {
    await newUser('before', 'shared-tablet');
    await newUser('after');
    await register('after', 'shared-tablet');
    expect(await tokensOf('before')).toEqual([]);
    expect(await tokensOf('after')).toEqual(['shared-tablet']);
  });

  it('replaces all devices of a user', async () => {
    await newUser('swap', 'old-1', 'old-2');
    const { status } = await request('PUT', '/api/v1/users/swap/devices', {
      devices: [{ token: 'new-1', platform: 'web' }],
    });
    expect([status, await tokensOf('swap')]).toEqual([200, ['new-1']]);
  });

  it('removes a device by its percent-encoded token, and says so only the first time', async () => {
    const token = `fcm/token:APA91b+${'x'.repeat(400)}=`;
    await newUser('owner', token, 'stays');
    const path = `/api/v1/users/owner/devices/${encodeURIComponent(token)}`;
    expect((await request('DELETE', path)).body.data).toEqual({ removed: true });
    const again = await request('DELETE', path);
    expect([again.status, again.body.data]).toEqual([200, { removed: false }]);
    expect(await tokensOf('owner')).toEqual(['stays']);
  });

  it('does not remove a device through another user', async () => {
    await newUser('victim', 'victims-phone');
    const { body } = await request('DELETE', '/api/v1/users/test-user-123/devices/victims-phone');
    expect([body.data, await tokensOf('victim')]).toEqual([{ removed: false }, ['victims-phone']]);
  });

  it('gives a user at most 100 devices, and lets a full one refresh its own', async () => {
    const tokens = Array.from({ length: 100 }, (_, index) => `full-${index}`);
    await newUser('full', ...tokens);
    const refused = await register('full', 'one-too-many');
    expect([refused.status, refused.body.error]).toEqual([409, 'too_many_devices']);
    expect((await register('full', 'full-7')).status).toBe(200);
    const list = await request('PUT', '/api/v1/users/full/devices', {
      devices: [...tokens, 'x'].map((token) => ({ token })),
    });
    expect(list.status).toBe(400);
    expect(await tokensOf('full')).toHaveLength(100);
  });

  it('names the device registered last as push_token', async () => {
    await newUser('newest', 'first');
    const before = Date.now();
    while (Date.now() === before) await new Promise(setImmediate);
    await register('newest', 'second');
    const { body } = await request('GET', '/api/v1/users/newest');
    expect(body.data.push_token).toBe('second');
  });

  it('leaves nothing half replaced when one device of the list is refused', async () => {
    await newUser('whole', 'kept');
    const { status } = await request('PUT', '/api/v1/users/whole/devices', {
      devices: [{ token: 'fine' }, { token: '' }],
    });
    expect([status, await tokensOf('whole')]).toEqual([400, ['kept']]);
  });
});
