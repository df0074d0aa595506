import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, FcmConfig, loadConfig } from '@push/config';
import { FirebaseProject } from './firebase-project';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const ACCOUNT = {
  type: 'service_account',
  project_id: 'from-file',
  client_email: 'push@from-file.iam.gserviceaccount.com',
  private_key: privateKey,
};

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'fcm-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function open(variables: Record<string, string>): FirebaseProject {
  return FirebaseProject.open(loadConfig([FcmConfig], variables).get(FcmConfig) as FcmConfig);
}

function fileWith(content: string): string {
  const path = join(folder, 'credentials.json');
  writeFileSync(path, content);
  return path;
}

describe('FirebaseProject', () => {
  it('is the emulator’s where one is named, whatever else is set', async () => {
    const project = open({
      FCM_EMULATOR_HOST: '127.0.0.1:8004',
      GOOGLE_APPLICATION_CREDENTIALS: fileWith('broken'),
    });
    expect([project.id, project.origin]).toEqual(['demo-project', 'http://127.0.0.1:8004']);
    expect((await project.tokens.get()).authorization).toBe('Bearer emulator');
    await project.onApplicationShutdown();
    await project.onApplicationShutdown();
    expect(() => project.app.name).toThrow();
  });

  it('is the one the service account file names', async () => {
    const project = open({ GOOGLE_APPLICATION_CREDENTIALS: fileWith(JSON.stringify(ACCOUNT)) });
    expect([project.id, project.origin]).toEqual(['from-file', 'https://fcm.googleapis.com']);
    expect(project.app.options.projectId).toBe('from-file');
    await project.onApplicationShutdown();
  });

  it('is the one FIREBASE_PROJECT_ID names, if it is set', async () => {
    const project = open({
      GOOGLE_APPLICATION_CREDENTIALS: fileWith(JSON.stringify(ACCOUNT)),
      FIREBASE_PROJECT_ID: 'another',
    });
    expect(project.id).toBe('another');
    await project.onApplicationShutdown();
  });

  it.each([
    ['is not JSON', 'secret-content'],
    ['is no object', '"secret-content"'],
    [
      'lacks the key',
      JSON.stringify({ ...ACCOUNT, private_key: undefined, secret: 'secret-content' }),
    ],
    ['has a broken key', JSON.stringify({ ...ACCOUNT, private_key: 'secret-content' })],
  ])('names the variable, and not the content, when the file %s', (_, content) => {
    const start = (): FirebaseProject =>
      open({ GOOGLE_APPLICATION_CREDENTIALS: fileWith(content) });
    expect(start).toThrow(ConfigError);
    expect(start).toThrow(/GOOGLE_APPLICATION_CREDENTIALS/);
    expect(start).not.toThrow(/secret-content/);
  });

  it('asks for the project id where the credentials have none', () => {
    const start = (): FirebaseProject =>
      open({
        GOOGLE_APPLICATION_CREDENTIALS: fileWith(JSON.stringify({ type: 'authorized_user' })),
      });
    expect(start).toThrow(/FIREBASE_PROJECT_ID/);
  });
});
