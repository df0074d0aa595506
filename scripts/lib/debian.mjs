import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { capture, runLogged } from './process.mjs';
import { SetUpError, say } from './terminal.mjs';

const aptEnv = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
// Another apt may be running: wait for its lock.
const aptOptions = ['-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];

/** Whether a server's Debian package is completely installed. */
export async function isInstalled(server) {
  if (!existsSync(server.debian.binary)) return false;
  const { code, stdout } = await capture('dpkg-query', [
    '-W',
    '-f=${Status}',
    server.debian.package,
  ]);
  // A server that was installed without dpkg will do.
  return code !== 0 || stdout.trim() === 'install ok installed';
}

export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

export async function install(missing) {
  const packages = missing.map((server) => server.debian.package);
  await apt('apt-get update', ['update']);
  // An interrupted installation would make the next one fail.
  await capture('dpkg', ['--configure', '-a'], { timeoutMs: 120_000, env: aptEnv });
  await apt(`installing ${packages.join(' and ')} from Debian's packages`, [
    'install',
    '--no-install-recommends',
    ...packages,
  ]);
  for (const server of missing) {
    if (!existsSync(server.debian.binary)) {
      throw new SetUpError(
        `${server.debian.package} is installed, but ${server.debian.binary} is not there.`,
      );
    }
  }
}

/** apt does not wait for the lock of its package lists. */
async function apt(label, args) {
  for (let tries = 1; ; tries++) {
    try {
      return await runLogged(label, 'apt-get', [...aptOptions, ...args], {
        env: aptEnv,
        log: 'apt-get',
      });
    } catch (error) {
      if (tries === 30 || !/Could not get lock|Unable to lock/.test(error.message)) throw error;
      say('    another package installation is running; waiting for it');
      await sleep(5000);
    }
  }
}
