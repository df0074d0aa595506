import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and the broker, so that a test can take the broker away without touching it. */
export class TcpProxy {
  private server?: Server;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  private silent = false;

  constructor(private readonly target: URL) {}

  /** The broker's URL by way of this proxy. The first call decides on the port. */
  async start(): Promise<string> {
    this.silent = false;
    this.server = createServer((client) => this.join(client));
    await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.toString();
  }

  /** Cuts every connection, as a broker does that is killed; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Nothing that the broker says arrives any more. */
  silence(): void {
    this.silent = true;
  }

  /** A broker that is well again, on connections of its own. */
  recover(): void {
    this.silent = false;
    this.cut();
  }

  /** No broker at all. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    this.cut();
    await closed;
  }

  private join(client: Socket): void {
    const broker = connect(Number(this.target.port || 5672), this.target.hostname);
    for (const socket of [client, broker]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    client.on('data', (data) => broker.write(data));
    broker.on('data', (data) => {
      if (!this.silent) client.write(data);
    });
  }
}
