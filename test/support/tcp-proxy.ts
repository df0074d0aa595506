import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a server: a test breaks the connection there, and leaves the server alone. */
export class TcpProxy {
  /** Whether new connections lose all traffic, in both directions. @default false */
  dropNew = false;
  private readonly target: URL;
  private readonly sockets = new Set<Socket>();
  private readonly dropped = new WeakSet<Socket>();
  private server?: Server;
  private port = 0;
  private silent = false;

  /** @param target URL of the server, with its port */
  constructor(target: URL | string) {
    this.target = new URL(target);
  }

  /** The server's URL by way of this proxy, once it has been started. */
  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Listens, on the same port every time. @returns its `url` */
  async start(): Promise<string> {
    this.silent = false;
    this.server = createServer((client) => this.join(client));
    await new Promise<void>((resolve) => this.server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this.url;
  }

  /** Breaks every connection, as a killed server does; new ones are accepted. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Nothing that the server sends arrives any more; the connections stay open. */
  silence(): void {
    this.silent = true;
  }

  /** The open connections lose all traffic in both directions, and neither side is notified. */
  dropOpen(): void {
    for (const socket of this.sockets) this.dropped.add(socket);
  }

  /** Ends the silence, with new connections. */
  recover(): void {
    this.silent = false;
    this.cut();
  }

  /** Breaks every connection and refuses new ones. */
  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    this.cut();
    await closed;
  }

  private join(client: Socket): void {
    const upstream = connect(Number(this.target.port), this.target.hostname);
    for (const socket of [client, upstream]) {
      if (this.dropNew) this.dropped.add(socket);
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data) => {
      if (!this.dropped.has(client)) upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!this.silent && !this.dropped.has(upstream)) client.write(data);
    });
  }
}
