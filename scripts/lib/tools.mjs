import { canInstall, install } from './debian.mjs';
import { capture } from './process.mjs';
import { withSetUpLock } from './set-up-lock.mjs';
import { SetUpError, say, step } from './terminal.mjs';

/**
 * Commands that the deployment tests call. A tool is installed when one of the commands in `answers` succeeds; otherwise
 * Debian's package provides it.
 */
const tools = [
  {
    title: 'kubectl (with kustomize)',
    answers: [['kubectl', 'kustomize', '--help']],
    debian: { package: 'kubernetes-client', binary: '/usr/bin/kubectl' },
  },
  {
    title: 'docker-compose',
    answers: [
      ['docker-compose', 'version'],
      ['docker', 'compose', 'version'],
    ],
    debian: { package: 'docker-compose', binary: '/usr/bin/docker-compose' },
  },
  {
    title: 'promtool',
    answers: [['promtool', '--version']],
    debian: { package: 'prometheus', binary: '/usr/bin/promtool' },
  },
  {
    title: 'prometheus',
    answers: [['prometheus', '--version']],
    debian: { package: 'prometheus', binary: '/usr/bin/prometheus' },
  },
];

/** Makes sure that every tool is installed: the one on PATH, or Debian's package. */
export async function ensureTools() {
  step('Tools for the deployment tests');
  let missing = await missingTools();
  if (missing.length > 0) {
    if (!canInstall()) throw new SetUpError(whatToInstall(missing));
    await withSetUpLock(async () => {
      // Another set-up may have installed them while we waited for the lock.
      missing = await missingTools();
      if (missing.length > 0) await install(onePerPackage(missing));
    });
    missing = await missingTools();
    if (missing.length > 0) throw new SetUpError(whatToInstall(missing));
  }
  say(`    ${tools.map(({ title }) => title).join(', ')}: installed`);
}

async function missingTools() {
  const missing = [];
  for (const tool of tools) if (!(await isThere(tool))) missing.push(tool);
  return missing;
}

async function isThere({ answers }) {
  for (const [command, ...args] of answers) {
    if ((await capture(command, args)).code === 0) return true;
  }
  return false;
}

function onePerPackage(missing) {
  return [...new Map(missing.map((tool) => [tool.debian.package, tool])).values()];
}

function whatToInstall(missing) {
  const titles = missing.map(({ title }) => title).join(', ');
  const packages = onePerPackage(missing).map((tool) => tool.debian.package);
  return (
    `The deployment tests call ${titles}, which is not installed. ` +
    `Put it on PATH, or, on Debian or Ubuntu: sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`
  );
}
