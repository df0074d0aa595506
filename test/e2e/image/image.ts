import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppProcess, type Wrap } from '../../support/processes';

const ROOT = join(__dirname, '../../..');
const MODULES = join(ROOT, 'node_modules');
/** Folder of the image for Node's compile cache; here it is empty and cannot be written. */
const CACHE = 'compile-cache';
/** Folder in which the content of the image is assembled. */
const CONTENT = join(mkdtempSync(join(tmpdir(), 'image-')), 'app');
/** Where the app sees it: a path that every user may follow. */
const APP = '/srv';
const UID = 1000;
const IS_ROOT = process.getuid?.() === 0;
/** Root in a container may not, as a rule. */
const CAN_MOUNT = IS_ROOT && spawnSync('unshare', ['--mount', 'true']).status === 0;

/**
 * What the Dockerfile puts into the image: the build, package.json, main.js and an empty data folder. The packages
 * are those of this checkout, including those for development.
 */
export function assembleImage(app: string): void {
  removeImage();
  for (const name of ['data', CACHE]) mkdirSync(join(CONTENT, name), { recursive: true });
  if (IS_ROOT) chownSync(join(CONTENT, 'data'), UID, UID);
  chmodSync(dirname(CONTENT), 0o755);
  cpSync(join(ROOT, 'dist'), join(CONTENT, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(CONTENT, 'package.json'));
  symlinkSync(join('dist', 'apps', app, 'src', 'main.js'), join(CONTENT, 'main.js'));
  if (CAN_MOUNT) mkdirSync(join(CONTENT, 'node_modules'));
  else symlinkSync(MODULES, join(CONTENT, 'node_modules'));
}

/**
 * Runs the image's command in there as an unprivileged user, with nothing writable but the data folder of the user service.
 *
 * As root: user 1000 in a mount namespace in which everything is read-only, /tmp too. Where no such namespace may be
 * made, as on GitHub's machines: unprivileged too, with Node's permission model, which fails every attempt to write.
 */
export function runImage(app: string, env: Record<string, string>): AppProcess {
  const variables = {
    ...env,
    APP: app,
    NODE_ENV: 'production',
    NODE_OPTIONS: nodeOptions(),
    NODE_COMPILE_CACHE: join(folder(), CACHE),
    LOG_LEVEL: 'info',
  };
  if (CAN_MOUNT) return new AppProcess(app, variables, [], inReadOnlyView);
  return new AppProcess(app, variables, [], withNodePermissions);
}

/** The image's NODE_OPTIONS. */
function nodeOptions(): string {
  const [, options] = /^ENV NODE_OPTIONS="(.+)"$/m.exec(dockerfile()) ?? [];
  if (options === undefined) throw new Error('The Dockerfile sets no NODE_OPTIONS');
  return options;
}

/** The arguments between `node` and `main.js` in the image's command. */
function flags(): string[] {
  const [, command] = /^CMD (\[.+\])$/m.exec(dockerfile()) ?? [];
  if (command === undefined) throw new Error('The Dockerfile has no CMD');
  return (JSON.parse(command) as string[]).slice(1, -1);
}

function dockerfile(): string {
  return readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
}

export function removeImage(): void {
  rmSync(dirname(CONTENT), { recursive: true, force: true });
}

/** Path of the data folder as the app sees it. */
export function dataFolder(): string {
  return join(folder(), 'data');
}

function folder(): string {
  return CAN_MOUNT ? APP : CONTENT;
}

const VIEW = `set -e
mount --make-rprivate /
mount --bind "$1" ${APP}
mount --bind "$2" ${APP}/node_modules
awk '$2 !~ "^/(proc|sys|dev)" { print $2 }' /proc/self/mounts | sort -u |
  while read -r point; do if [ -e "$point" ]; then mount -o remount,ro,bind "$point"; fi; done
mount -t tmpfs -o ro,size=4k tmpfs /tmp
for place in / /tmp /var/tmp ${APP} ${APP}/node_modules; do
  if touch "$place" 2>/dev/null; then echo "$place can still be written" >&2; exit 1; fi
done
[ "$3" != user-service ] || mount -t tmpfs -o size=8m,uid=${UID},gid=${UID} tmpfs ${APP}/data
cd ${APP}
exec setpriv --reuid ${UID} --regid ${UID} --clear-groups --no-new-privs --bounding-set=-all \\
  node_modules/node/bin/node ${flags().join(' ')} main.js`;

const inReadOnlyView: Wrap = ([, entry = '']) => {
  const app = /apps\/([\w-]+)\/src\/main[.]js$/.exec(entry)?.[1] ?? '';
  return ['unshare', '--mount', 'sh', '-c', VIEW, 'sh', CONTENT, MODULES, app];
};

const withNodePermissions: Wrap = ([node = '', entry = '']) => {
  const writes = entry.includes('user-service') ? [`--allow-fs-write=${CONTENT}/data/*`] : [];
  const permissions = ['--permission', '--allow-fs-read=*', '--allow-addons', ...writes];
  const command = [node, ...permissions, ...flags(), join(CONTENT, 'main.js')] as const;
  if (!IS_ROOT) return command;
  return ['setpriv', '--reuid', `${UID}`, '--regid', `${UID}`, '--clear-groups', ...command];
};
