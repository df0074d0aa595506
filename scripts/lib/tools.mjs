import { canInstall, install } from './debian.mjs';
import { capture } from './process.mjs';
import { withSetUpLock } from './set-up-lock.mjs';
import { SetUpError, say, step } from './terminal.mjs';

/**
 * Commands that tests of what is deployed call, by their names on PATH. Each is known to be there by an answer to
 * one of `answers`; where there is none, Debian's package brings it.
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

/** Sees to it that every tool answers: what is on PATH, wherever it comes from, else Debian's package. */
export async function ensureTools() {
  step('Tools of the deployment');
  let missing = await missingTools();
  if (missing.length > 0) {
    if (!canInstall()) throw new SetUpError(whatToInstall(missing));
    await withSetUpLock(async () => {
      // While we waited for the lock, another set-up may have installed them.
      missing = await missingTools();
      if (missing.length > 0) await install(onePerPackage(missing));
    });
    missing = await missingTools();
    if (missing.length > 0) throw new SetUpError(whatToInstall(missing));
  }
  say(`    ${tools.map(({ title }) => title).join(', ')}: there`);
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
    `The tests of what is deployed call ${titles}, and no such command answers. ` +
    `Put it on PATH, or, on Debian or Ubuntu: sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`
  );
}
