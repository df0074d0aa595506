import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, servicesDir } from './paths.mjs';
import { stopGroup } from './process.mjs';
import { SetUpError, say } from './terminal.mjs';

/** What a demo leaves written down while it runs, so that the next one can clean up after it. */

const recordFile = join(servicesDir, 'demo.json');

export function recordDemo(apps) {
  mkdirSync(servicesDir, { recursive: true });
  const children = apps.map(({ name, child }) => ({ name, pid: child.pid }));
  writeFileSync(recordFile, JSON.stringify({ demo: process.pid, apps: children }));
}

export function forgetDemo() {
  rmSync(recordFile, { force: true });
}

/** A demo that was killed cannot stop its apps: the next one does. */
export async function clearLeftovers() {
  let record;
  try {
    record = JSON.parse(readFileSync(recordFile, 'utf8'));
  } catch {
    return;
  }
  if (runs(record.demo, 'scripts/demo.mjs')) {
    throw new SetUpError(
      `A demo of this checkout is running already (process ${record.demo}). Stop it with Ctrl-C first.`,
    );
  }
  for (const { name, pid } of record.apps) {
    if (!runs(pid, `dist/apps/${name}/src/main.js`)) continue;
    say(`    stopping ${name} (process ${pid}), left by an earlier demo`);
    await stopGroup(pid, { graceMs: 10_000 });
  }
}

/** Whether a process is still the one we mean, and of this checkout. */
function runs(pid, script) {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes(script) && readlinkSync(`/proc/${pid}/cwd`) === root;
  } catch {
    return false;
  }
}
