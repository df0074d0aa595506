import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { canInstall, install, isInstalled } from './debian.mjs';
import { engineAnswers, ownContainer, startContainer, stopContainer } from './docker.mjs';
import { describeOwnProcess, ownProcess, startOwnProcess, stopOwnProcess } from './own-process.mjs';
import { portFrom } from './ports.mjs';
import { servers } from './servers.mjs';
import { withSetUpLock } from './set-up-lock.mjs';
import { SetUpError, say, step, whileShowing } from './terminal.mjs';

/**
 * Makes sure that RabbitMQ and Redis answer, and returns their URLs by variable. It uses, in this order: the URLs in the
 * environment; servers that already listen on the usual ports; a Docker engine; Debian's packages.
 */
export async function ensureServices() {
  step('RabbitMQ and Redis');
  const missing = [];
  for (const server of servers) {
    if (process.env[server.urlVariable]) await awaitGivenUrl(server);
    else if (!(await find(server))) missing.push(server);
  }
  if (missing.length > 0) await withSetUpLock(() => start(missing));
  const urls = {};
  for (const server of servers) {
    urls[server.urlVariable] = process.env[server.urlVariable] || server.url(portOf(server));
    say(`    ${server.title}: ${masked(urls[server.urlVariable])}`);
  }
  return urls;
}

/** Makes sure that Debian's packages of both servers are installed, for tests that start their own. */
export async function ensureServersInstalled() {
  const toInstall = [];
  for (const server of servers) if (!existsSync(server.debian.binary)) toInstall.push(server);
  if (toInstall.length === 0) return;
  if (!canInstall()) {
    const packages = toInstall.map((server) => server.debian.package).join(' ');
    throw new SetUpError(
      "These tests start, kill and restart servers of their own, from Debian's packages. " +
        `Install them: sudo apt-get install -y ${packages}`,
    );
  }
  await withSetUpLock(() => install(toInstall));
}

/** Stops what this checkout started, and only that. */
export async function stopServices() {
  const docker = await engineAnswers();
  for (const server of servers) {
    const stopped = (await stopOwnProcess(server)) || (docker && (await stopContainer(server)));
    if (!stopped) say(`    ${server.title}: nothing of this checkout runs`);
  }
}

/** Prints where each server is. @returns whether all answer */
export async function showServices() {
  const docker = await engineAnswers();
  let all = true;
  for (const server of servers) {
    const own = ownProcess(server);
    const container = docker ? await ownContainer(server) : undefined;
    const given = process.env[server.urlVariable];
    const url = given || server.url(portOf(server));
    const states = await Promise.all(url.split(',').map((one) => server.probe(one.trim())));
    const state = states.find((found) => found.state === 'ok')?.state ?? states[0].state;
    const whose = given
      ? `from ${server.urlVariable}`
      : own
        ? `process ${own.pid} of this checkout, ${describeOwnProcess(server)}`
        : container
          ? `container ${container.name}`
          : 'not started by this checkout';
    say(
      `${server.title.padEnd(9)} ${words[state].padEnd(14)} ${masked(url)}${state === 'down' ? '' : `  (${whose})`}`,
    );
    all &&= state === 'ok';
  }
  return all;
}

const words = {
  ok: 'up',
  down: 'down',
  starting: 'starting',
  silent: 'no answer',
  foreign: 'something else',
  denied: 'access denied',
  unknown: 'unknown master',
};

async function awaitGivenUrl(server) {
  const urls = process.env[server.urlVariable].split(',').map((url) => url.trim());
  for (const url of urls) {
    if (!URL.canParse(url)) throw new SetUpError(`${server.urlVariable} is set, but is no URL.`);
  }
  // Servers that start beside us (containers of a CI run) are given a moment.
  const deadline = Date.now() + 15_000;
  for (let told = false; ; told = true) {
    const states = await Promise.all(urls.map(async (url) => (await server.probe(url)).state));
    if (states.includes('ok')) return;
    if (states.includes('denied') || Date.now() > deadline) {
      const why = {
        denied: 'refuses these credentials',
        foreign: `is not ${server.title}`,
        unknown: 'knows no master of that name',
      };
      throw new SetUpError(
        `${server.urlVariable} is set to ${urls.map(masked).join(',')}, which ${why[states[0]] ?? 'does not answer'}. ` +
          `Start that server, correct ${server.urlVariable}, or unset it to have ${server.title} set up here.`,
      );
    }
    if (!told) say(`    waiting for ${server.title} at ${urls.map(masked).join(',')}`);
    await sleep(500);
  }
}

/** Whether the server answers where it is expected; anything else on its port is an error. */
async function find(server) {
  const port = portOf(server);
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { state } = await server.probe(server.url(port));
    if (state === 'ok') return true;
    if (state === 'down') return false;
    if (state === 'starting') {
      if (Date.now() > deadline) {
        throw new SetUpError(
          `${server.title} on port ${port} has been starting for a minute. Look at its log.`,
        );
      }
      await sleep(300);
      continue;
    }
    throw new SetUpError(
      `${whatIsWrong(state, server, port)}, or set ${server.portVariable} to another port to have one started there.`,
    );
  }
}

function whatIsWrong(state, { title, urlVariable }, port) {
  const elsewhere = `set ${urlVariable} to a ${title} elsewhere`;
  switch (state) {
    case 'denied':
      return `${title} listens on port ${port}, but refuses the usual credentials. Set ${urlVariable} to a URL with the right ones`;
    case 'silent':
      return (
        `Whatever listens on port ${port} takes connections, but does not answer. If it is ${title}, look at its log ` +
        `(it may be out of open files) and restart it; else free the port, ${elsewhere}`
      );
    default:
      return `Port ${port} is taken by something that is not ${title}. Free it, ${elsewhere}`;
  }
}

async function start(wanted) {
  // Another set-up may have started them while we waited for the lock.
  const missing = await stillMissing(wanted);
  if (missing.length === 0) return;
  if (await engineAnswers()) {
    for (const server of missing) await startContainer(server, portOf(server));
    return;
  }
  const toInstall = [];
  for (const server of missing) if (!(await isInstalled(server))) toInstall.push(server);
  if (toInstall.length > 0) {
    if (!canInstall()) throw new SetUpError(whatToInstall(toInstall));
    await install(toInstall);
    await awaitAutostart(toInstall);
  }
  for (const server of await stillMissing(missing)) await startOwnProcess(server, portOf(server));
}

async function stillMissing(wanted) {
  const missing = [];
  for (const server of wanted) if (!(await find(server))) missing.push(server);
  return missing;
}

/** Where systemd runs, a Debian package starts its server by itself. */
async function awaitAutostart(installed) {
  if (!existsSync('/run/systemd/system')) return;
  await whileShowing('waiting for the system to start them', async () => {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline && (await stillMissing(installed)).length > 0) await sleep(500);
  });
}

function portOf(server) {
  const own = ownProcess(server);
  const port = portFrom(server.portVariable, own?.port ?? server.usualPort);
  if (own && own.port !== port) {
    throw new SetUpError(
      `${server.title} of this checkout runs on port ${own.port} and ${server.portVariable} asks for ${port}. ` +
        'Stop it first: npm run services -- down',
    );
  }
  return port;
}

function whatToInstall(missing) {
  const titles = missing.map((server) => server.title).join(' and ');
  const packages = missing.map((server) => server.debian.package).join(' ');
  const variables = missing.map((server) => server.urlVariable).join(' and ');
  return (
    `${titles} ${missing.length > 1 ? 'are' : 'is'} needed. One of these will do:\n` +
    '  - start Docker (no engine answers now);\n' +
    `  - on Debian or Ubuntu: sudo apt-get install -y ${packages}\n` +
    '    (or run this command as root, which does it by itself);\n' +
    `  - set ${variables} to servers elsewhere.`
  );
}

function masked(url) {
  return url.replace(/\/\/([^:@/]*):([^@/]*)@/g, '//$1:***@');
}
