import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryOf, root, servicesDir } from './paths.mjs';
import { stopGroup } from './process.mjs';
import { SetUpError, say } from './terminal.mjs';

/** The processes of a running demo, in a file, so that the next demo can stop what a killed one left behind. */

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
    if (!runs(pid, entryOf(name))) continue;
    say(`    stopping ${name} (process ${pid}), left by an earlier demo`);
    await stopGroup(pid, { graceMs: 10_000 });
  }
}

/** Whether the process with this id still runs that script, from this checkout. */
function runs(pid, script) {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes(script) && readlinkSync(`/proc/${pid}/cwd`) === root;
  } catch {
    return false;
  }
}
