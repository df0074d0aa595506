import { randomUUID } from 'node:crypto';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { FcmConfig } from '@push/config';
import { deleteApp, initializeApp, type App } from 'firebase-admin/app';
import { SingleRequestAgent } from '../sdk/single-request.agent';
import { AccessTokens } from './access-tokens';
import { openGoogleCredentials, type GoogleCredentials } from './google-credentials';

const GOOGLE = 'https://fcm.googleapis.com';

/** The Firebase project pushes are sent for: firebase-admin's app, its id, its access token, and where FCM is. */
export class FirebaseProject implements OnApplicationShutdown {
  private deleted = false;

  private constructor(
    readonly app: App,
    readonly id: string,
    /** `https://fcm.googleapis.com`, or the emulator's address. */
    readonly origin: string,
    readonly tokens: AccessTokens,
    /** The connections of the app, should it send by itself. */
    readonly agent: SingleRequestAgent,
  ) {}

  /**
   * Opens the project the configuration names: Google's, or the emulator's.
   *
   * @throws {ConfigError} when the credentials cannot be used
   */
  static open(config: FcmConfig): FirebaseProject {
    const { emulatorHost } = config;
    const { projectId, source } =
      emulatorHost === undefined ? openGoogleCredentials(config) : emulatorCredentials(config);
    const tokens = new AccessTokens(source, { timeoutMs: config.timeoutMs });
    const agent = new SingleRequestAgent(emulatorHost);
    // The app asks these tokens every time, for they know of renewals and refusals: to it they are always about to expire.
    const credential = {
      getAccessToken: async () => ({ access_token: (await tokens.get()).value, expires_in: 0 }),
    };
    // A name of its own lets several live in one process, as in tests.
    const app = initializeApp({ credential, projectId, httpAgent: agent }, `push-${randomUUID()}`);
    const origin = emulatorHost === undefined ? GOOGLE : `http://${emulatorHost}`;
    new Logger(FirebaseProject.name).log(
      { project_id: projectId, fcm: origin },
      'Firebase project opened',
    );
    return new FirebaseProject(app, projectId, origin, tokens, agent);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.deleted) return;
    this.deleted = true;
    await deleteApp(this.app);
  }
}

/** The emulator takes any token. */
function emulatorCredentials({ projectId = 'demo-project' }: FcmConfig): GoogleCredentials {
  return { projectId, source: async () => ({ access_token: 'emulator', expires_in: 3600 }) };
}
