import { existsSync } from 'node:fs';
import { environment } from './environment';
import { integer, oneOf, optionalText } from './variables';

/** Where Firebase Cloud Messaging is: Google, or the emulator. */
export class FcmConfig extends environment(
  {
    FCM_EMULATOR_HOST: optionalText().refine(
      (value) => value === undefined || /^[\w.-]+:\d{1,5}$|^\[[\da-fA-F:]+\]:\d{1,5}$/.test(value),
      { error: 'should be host:port, such as 127.0.0.1:8004' },
    ),
    GOOGLE_APPLICATION_CREDENTIALS: optionalText().refine(
      (value) => value === undefined || existsSync(value),
      { error: 'should be the path of a service account file that exists' },
    ),
    FIREBASE_PROJECT_ID: optionalText(),
    FCM_TRANSPORT: oneOf(['http2', 'sdk'], 'http2'),
    FCM_TIMEOUT_MS: integer(10_000, { min: 100 }),
    FCM_MAX_SESSIONS: integer(10, { min: 1, max: 100 }),
  },
  (env) =>
    (env.FCM_EMULATOR_HOST ?? env.GOOGLE_APPLICATION_CREDENTIALS ?? env.FIREBASE_PROJECT_ID)
      ? []
      : [
          {
            variable: 'GOOGLE_APPLICATION_CREDENTIALS',
            problem:
              'is not set: name a service account file (or set FIREBASE_PROJECT_ID where the platform provides the credentials), ' +
              'or set FCM_EMULATOR_HOST=127.0.0.1:8004 to send to the emulator',
          },
        ],
) {
  /** `host:port` of the emulator; unset for Google's own servers. */
  readonly emulatorHost = this.env.FCM_EMULATOR_HOST;
  /** Path of a service account file. */
  readonly credentialsFile = this.env.GOOGLE_APPLICATION_CREDENTIALS;
  /** Overrides the project id found in the credentials. */
  readonly projectId = this.env.FIREBASE_PROJECT_ID;
  /** @default 'http2' */
  readonly transport = this.env.FCM_TRANSPORT;
  /** Deadline of one request; Google recommends 10 s or more. @default 10000 */
  readonly timeoutMs = this.env.FCM_TIMEOUT_MS;
  /** Most HTTP/2 sessions open at once; each carries 100 requests at a time. @default 10 */
  readonly maxSessions = this.env.FCM_MAX_SESSIONS;
}
