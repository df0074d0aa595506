import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './terminal.mjs';

/**
 * Lets one set-up at a time start servers on this machine, so that two checkouts do not take the same free port. The lock
 * is a socket in Linux's abstract namespace, which ends with its process, however that ends.
 */
export async function withSetUpLock(work) {
  if (process.platform !== 'linux') return work();
  let lock = await tryLock();
  if (!lock) say('    another set-up is starting servers on this machine; waiting for it');
  while (!lock) {
    await sleep(300);
    lock = await tryLock();
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => lock.close(resolve));
  }
}

function tryLock() {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen('\0push-service-set-up', () => resolve(server));
  });
}
