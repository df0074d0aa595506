import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FcmConfig, loadConfig } from '@push/config';
import { AccessTokens } from './access-tokens';
import { openGoogleCredentials } from './google-credentials';

// Google's token server, as it were: the token of a key is named after it.
jest.mock('firebase-admin/app', () => ({
  cert: ({ private_key_id }: { private_key_id: string }) => ({
    getAccessToken: () => Promise.resolve({ access_token: `by ${private_key_id}`, expires_in: 60 }),
  }),
}));

describe('a service account file that is replaced', () => {
  let folder: string;
  let file: string;
  let tokens: AccessTokens;
  const write = (key: string) =>
    writeFileSync(
      file,
      JSON.stringify({ type: 'service_account', project_id: 'p', private_key_id: key }),
    );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'credentials-'));
    file = join(folder, 'key.json');
    write('old');
    const config = loadConfig([FcmConfig], { GOOGLE_APPLICATION_CREDENTIALS: file });
    tokens = new AccessTokens(openGoogleCredentials(config.get(FcmConfig) as FcmConfig).source);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read again for a fresh token, and not before', async () => {
    expect((await tokens.get()).value).toBe('by old');
    write('new');
    expect((await tokens.get()).value).toBe('by old');
    expect((await tokens.fresh()).value).toBe('by new');
    expect((await tokens.get()).value).toBe('by new');
  });

  it('is read again after FCM refused the token of the old one', async () => {
    const old = await tokens.get();
    write('new');
    tokens.refused(old);
    expect((await tokens.get()).value).toBe('by new');
  });

  it.each([
    ['is gone', () => unlinkSync(file), /cannot be read \(ENOENT\)/],
    ['is broken', () => writeFileSync(file, '{ "half'), /is not JSON/],
  ])(
    'is refused like credentials while it %s, and taken once it is right',
    async (_, spoil, why) => {
      spoil();
      const fresh = tokens.fresh();
      await expect(fresh).rejects.toMatchObject({ failure: 'credentials' });
      await expect(fresh).rejects.toThrow(why);
      write('new');
      expect((await tokens.fresh()).value).toBe('by new');
    },
  );
});
