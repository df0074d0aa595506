import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkoutId, root } from './paths.mjs';
import { capture, runLogged } from './process.mjs';
import { SetUpError, indent, whileShowing } from './terminal.mjs';

/** RabbitMQ and Redis as containers of this checkout, of the images that docker-compose.yml names. */

const startTimeoutMs = 120_000;

/** Whether an engine answers; an installed `docker` command alone is not enough. */
export async function engineAnswers() {
  const { code, stdout } = await capture('docker', ['info', '--format', '{{.ServerVersion}}'], {
    timeoutMs: 10_000,
  });
  return code === 0 && /^\d/.test(stdout.trim());
}

/** The port of our container on this machine, if it runs. */
export async function ownContainer(server) {
  const { code, stdout } = await capture(
    'docker',
    ['port', name(server), `${server.docker.port}/tcp`],
    { timeoutMs: 10_000 },
  );
  const port = code === 0 && /:(\d+)\s*$/m.exec(stdout)?.[1];
  return port ? { name: name(server), port: Number(port) } : undefined;
}

export async function startContainer(server, port) {
  const { volume, hostname, command } = server.docker;
  const image = imageOf(server);
  await capture('docker', ['rm', '--force', name(server)]);
  await runLogged(`fetching ${image}`, 'docker', ['pull', '--quiet', image], {
    log: `docker-${server.key}`,
  });
  // RabbitMQ keeps its data under its host name, which therefore must not change.
  const options = ['--detach', '--name', name(server), '--hostname', hostname];
  const publish = ['--publish', `127.0.0.1:${port}:${server.docker.port}`];
  const store = ['--volume', `${name(server)}:${volume}`];
  const run = await capture(
    'docker',
    ['run', ...options, ...publish, ...store, image, ...command],
    { timeoutMs: 60_000 },
  );
  if (run.code !== 0)
    throw new SetUpError(`Docker could not start ${server.title}:\n${indent(run.stderr)}`);
  await whileShowing(`starting ${server.title} in a container on port ${port}`, async () => {
    const deadline = Date.now() + startTimeoutMs;
    while ((await server.probe(server.url(port))).state !== 'ok') {
      if (Date.now() > deadline) {
        const logs = await capture('docker', ['logs', '--tail', '15', name(server)]);
        throw new SetUpError(
          `${server.title} did not answer in time. Its last log lines:\n${indent(logs.stdout + logs.stderr)}`,
        );
      }
      await sleep(300);
    }
  });
}

/** Removes the container; its data stays in a volume of the same name. */
export async function stopContainer(server) {
  if (!(await ownContainer(server))) return false;
  await whileShowing(`stopping ${server.title} (container ${name(server)})`, async () => {
    await capture('docker', ['stop', name(server)], { timeoutMs: 60_000 });
    await capture('docker', ['rm', '--force', name(server)]);
  });
  return true;
}

function name(server) {
  return `push-service-${checkoutId}-${server.key}`;
}

function imageOf(server) {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const image = new RegExp(`image:\\s*(${server.key}:\\S+)`).exec(compose)?.[1];
  if (!image) throw new SetUpError(`docker-compose.yml names no image for ${server.title}.`);
  return image;
}
