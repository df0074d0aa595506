import { createServer } from 'node:net';
import { SetUpError } from './terminal.mjs';

/** A port number from the environment. */
export function portFrom(variable, usual) {
  const value = process.env[variable];
  if (!value) return usual;
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new SetUpError(`${variable} must be a port number (1 to 65535).`);
}

/** Whether nothing listens on a port, neither on all addresses nor on loopback alone. */
export async function isPortFree(port) {
  for (const host of [undefined, '127.0.0.1']) if (!(await canListen(port, host))) return false;
  return true;
}

/** A port that nothing listens on at the moment. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function canListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
