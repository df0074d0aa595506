import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { capture, runLogged } from './process.mjs';
import { root } from './paths.mjs';
import { SetUpError, step } from './terminal.mjs';

const binDir = join(root, 'node_modules', '.bin');

/** Installs the dependencies when they are missing or are not those of the lock file. */
export async function ensureDependencies() {
  if (!installedAsLocked()) {
    step('Installing the dependencies');
    await runLogged('npm ci', 'npm', ['ci', '--include=dev'], { env: systemEnv(), log: 'npm-ci' });
  }
  const pinned = readFileSync(join(root, '.nvmrc'), 'utf8').trim();
  const { code, stdout } = await capture(pinnedNode, ['--version']);
  if (code !== 0) {
    throw new SetUpError(
      `Node ${pinned} is missing from node_modules/.bin. Its package installs it by an install script: ` +
        'allow that (npm config set ignore-scripts false), delete node_modules and try again.',
    );
  }
  if (stdout.trim() !== `v${pinned}`) {
    throw new SetUpError(`.nvmrc says Node ${pinned}, package.json installs ${stdout.trim()}.`);
  }
}

/** The Node of the "node" package, which runs everything in the project. */
export const pinnedNode = join(binDir, 'node');

/** The environment for the project's own processes: the pinned Node is first on PATH. */
export function projectEnv(extra = {}) {
  return { ...process.env, PATH: [binDir, pathWithoutBin()].join(delimiter), ...extra };
}

/** npm replaces node_modules, so it must not itself run on the Node in there. */
function systemEnv() {
  return { ...process.env, PATH: pathWithoutBin() };
}

function pathWithoutBin() {
  const entries = (process.env.PATH ?? '').split(delimiter);
  return entries.filter((entry) => entry !== binDir).join(delimiter);
}

/** npm writes a record of what it installed at the very end, so a broken installation has none. */
function installedAsLocked() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const locked = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(record);
  return Object.entries(locked).every(
    ([path, entry]) =>
      path === '' ||
      installed[path]?.version === entry.version ||
      // For another platform, so npm left it out.
      (entry.optional === true && installed[path] === undefined),
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}
