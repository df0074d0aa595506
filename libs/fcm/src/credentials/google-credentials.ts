import { readFileSync } from 'node:fs';
import { ConfigError, type FcmConfig } from '@push/config';
import { applicationDefault, cert, type Credential } from 'firebase-admin/app';
import type { TokenSource } from './access-tokens';

/** Google's word for the project and how to get tokens for it. */
export interface GoogleCredentials {
  projectId: string;
  source: TokenSource;
}

/**
 * Opens the credentials the configuration names: a service account file, or whatever else Google's libraries find
 * (workload identity, the metadata server).
 *
 * @throws {ConfigError} naming the variable to correct, never the file's content
 */
export function openGoogleCredentials(config: FcmConfig): GoogleCredentials {
  const { credentialsFile } = config;
  const account = credentialsFile === undefined ? undefined : readFile(credentialsFile);
  const projectId = config.projectId ?? account?.project_id;
  if (typeof projectId !== 'string' || projectId === '') {
    throw wrong(
      'FIREBASE_PROJECT_ID',
      'is not set, and the credentials do not name a project: set it',
    );
  }
  if (credentialsFile === undefined || account?.type !== 'service_account') {
    // Google's library keeps this credential and its token; there is no way to ask it for a new one.
    const credential = applicationDefault();
    return { projectId, source: () => credential.getAccessToken() };
  }
  let credential = certify(account);
  let generation = 0;
  return {
    projectId,
    source: (anew) => {
      if (anew) {
        // A key that was replaced is in the file by now. firebase-admin keeps credentials, and their tokens, by
        // content: the number makes this one new even where the file is the same.
        generation += 1;
        credential = certify({ ...readFile(credentialsFile), generation });
      }
      return credential.getAccessToken();
    },
  };
}

function certify(account: Record<string, unknown>): Credential {
  try {
    return cert(account);
  } catch {
    throw wrong(
      'GOOGLE_APPLICATION_CREDENTIALS',
      'should be the path of a service account file with project_id, client_email and a valid private_key: ' +
        'download a new key from the Firebase console, Project settings, Service accounts',
    );
  }
}

function readFile(path: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw wrong(
      'GOOGLE_APPLICATION_CREDENTIALS',
      code !== undefined
        ? `names a file that cannot be read (${code})`
        : 'names a file that is not JSON: it should be a service account file as downloaded from the Firebase console',
    );
  }
  if (typeof content === 'object' && content !== null) return content as Record<string, unknown>;
  throw wrong('GOOGLE_APPLICATION_CREDENTIALS', 'names a file that is not a service account file');
}

function wrong(variable: string, problem: string): ConfigError {
  return new ConfigError([{ variable, problem }]);
}
