import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. Apart from installed programs the scripts read and write nothing outside of it. */
export const root = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));

/** Data, logs and process records of the servers and apps that the scripts start; not under version control. */
export const servicesDir = join(root, '.services');
export const logsDir = join(servicesDir, 'logs');

/** Part of the names of this checkout's broker node and containers, so that a second checkout has others. */
export const checkoutId = createHash('sha256').update(root).digest('hex').slice(0, 8);

export const apps = ['fcm-emulator', 'user-service', 'push-service', 'api-gateway'];

/** The file of a built app that Node runs. */
export function entryOf(app) {
  return join(root, 'dist', 'apps', app, 'src', 'main.js');
}
