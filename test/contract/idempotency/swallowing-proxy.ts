import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network in front of a server that can lose all traffic without telling either side. */
export interface SwallowingProxy {
  url: string;
  /** From now on nothing of the connections there are gets through; they stay open. */
  swallowOpenConnections(): void;
  /** Whether new connections get nothing through, either. @default false */
  swallowNew: boolean;
  close(): Promise<void>;
}

/** Forwards to a port of this machine. */
export async function startSwallowingProxy(port: number): Promise<SwallowingProxy> {
  const sockets = new Set<Socket>();
  const swallowed = new WeakSet<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    if (proxy.swallowNew) swallowed.add(near).add(far);
    forward(near, far);
    forward(far, near);
  });
  const forward = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (data) => swallowed.has(from) || to.write(data));
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: SwallowingProxy = {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallowOpenConnections: () => {
      for (const socket of sockets) swallowed.add(socket);
    },
    swallowNew: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
}
