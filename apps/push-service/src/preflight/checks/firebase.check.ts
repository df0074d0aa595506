import { ConfigError, FcmConfig } from '@push/config';
import { AccessTokenError, FcmModule, FcmTransport, FirebaseProject, probeFcm } from '@push/fcm';
import { failed, ok, type Check, type CheckContext, type Finding } from '../check';
import { withParts } from '../with-parts';

/** Credentials that give a token, and an FCM that takes a message of ours, which it delivers to nobody. */
export const firebaseCheck: Check = {
  name: 'firebase',
  needs: [FcmConfig],
  advice:
    'Read what FCM says: credentials of another project, the Firebase Cloud Messaging API not enabled in this one, or no way to fcm.googleapis.com.',
  run: inspect,
};

async function inspect({ source }: CheckContext): Promise<Finding[]> {
  try {
    return await withParts(
      { imports: [FcmModule], configs: [FcmConfig] },
      source,
      async (parts) => {
        const project = parts.get(FirebaseProject);
        await project.tokens.get();
        await probeFcm(parts.get(FcmTransport));
        return [
          ok(`project ${project.id}: the credentials give an access token`),
          ok(`${project.origin} takes messages for it`),
        ];
      },
    );
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map(({ variable, problem }) =>
        failed(`${variable} ${problem}`, `Correct ${variable}.`),
      );
    }
    if (error instanceof AccessTokenError) {
      return [
        failed(
          error.message,
          error.failure === 'credentials'
            ? 'Create a new key in the Firebase console, Project settings, Service accounts, and name its file with GOOGLE_APPLICATION_CREDENTIALS.'
            : 'See that oauth2.googleapis.com can be reached from here.',
        ),
      ];
    }
    throw error;
  }
}
