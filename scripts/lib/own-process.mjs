import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkoutId, servicesDir } from './paths.mjs';
import { freePort } from './ports.mjs';
import { startDetached, stopGroup, tail } from './process.mjs';
import { SetUpError, whileShowing } from './terminal.mjs';

/** RabbitMQ and Redis as processes of this checkout: data, log and process record below `.services/`. */

const startTimeoutMs = 90_000;

/** The process that we started, if it still runs: `{ pid, port }`. */
export function ownProcess(server) {
  const { dir, record } = places(server);
  if (!existsSync(record)) return undefined;
  try {
    const { pid, port } = JSON.parse(readFileSync(record, 'utf8'));
    // The process id may belong to another process by now, and the record may be a copy from another
    // checkout: only our own process has this folder as its working directory.
    if (readlinkSync(`/proc/${pid}/cwd`) === dir) return { pid, port };
  } catch {
    // No such process any more, or an incomplete record.
  }
  rmSync(record, { force: true });
  return undefined;
}

export async function startOwnProcess(server, port) {
  const { dir, record, logFile } = places(server);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const launch = server.debian.launch({
    dir,
    port,
    distributionPort: await freePort(),
    nodeName: `push-${checkoutId}@localhost`,
  });
  const pid = startDetached(launch.command, launch.args, {
    cwd: dir,
    env: { ...process.env, ...launch.env },
    logFile,
  });
  writeFileSync(record, JSON.stringify({ pid, port }));
  await whileShowing(`starting ${server.title} on port ${port}`, async () => {
    const deadline = Date.now() + startTimeoutMs;
    while ((await server.probe(server.url(port))).state !== 'ok') {
      const running = ownProcess(server) !== undefined;
      if (running && Date.now() < deadline) {
        await sleep(200);
        continue;
      }
      if (running) await stopGroup(pid);
      rmSync(record, { force: true });
      throw new SetUpError(
        `${server.title} ${running ? 'did not answer in time' : 'exited at its start'}. Its last log lines:\n` +
          `${tail(logFile, 15)}\n    Log: ${logFile}`,
      );
    }
  });
}

export async function stopOwnProcess(server) {
  const own = ownProcess(server);
  if (!own) return false;
  await whileShowing(`stopping ${server.title} (process ${own.pid})`, () => stopGroup(own.pid));
  rmSync(places(server).record, { force: true });
  return true;
}

export function describeOwnProcess(server) {
  const { dir, logFile } = places(server);
  return `data in ${dir}, log in ${logFile}`;
}

function places(server) {
  const dir = join(servicesDir, server.key);
  return {
    dir,
    record: join(servicesDir, `${server.key}.process.json`),
    logFile: join(servicesDir, 'logs', `${server.key}.log`),
  };
}
