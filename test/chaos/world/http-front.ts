import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** What a front does to the requests that come by. */
export type Trouble =
  | { kind: 'status'; status: number }
  /** 200, and nothing that could be read. */
  | { kind: 'garbage' }
  | { kind: 'slow'; latencyMs: number };

/** One exchange that came through, with the answer of the server behind. */
export interface Exchange {
  method: string;
  path: string;
  body: Buffer;
  status: number;
}

/** Stands before a real HTTP server: hands requests on, or answers them badly, and tells what came by. */
export class HttpFront {
  /** In force until it is set to undefined. */
  trouble?: Trouble;
  private readonly server: Server;
  private readonly behind: Pool;

  constructor(
    target: string,
    private readonly onExchange: (exchange: Exchange) => void = () => undefined,
  ) {
    this.behind = new Pool(target, { connections: 128 });
    this.server = createServer((request, response) => {
      this.handle(request, response).catch(() => request.socket.destroy());
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.behind.destroy();
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request);
    const { method = 'GET', url: path = '/' } = request;
    const { trouble } = this;
    if (trouble?.kind === 'slow') await sleep(trouble.latencyMs);
    if (trouble?.kind === 'status') {
      this.tell({ method, path, body, status: trouble.status });
      response.writeHead(trouble.status).end();
      return;
    }
    if (trouble?.kind === 'garbage') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>It works!</html>');
      return;
    }
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await this.behind.request({ method, path, headers, body });
    const content = Buffer.from(await answer.body.arrayBuffer());
    this.tell({ method, path, body, status: answer.statusCode });
    const type = answer.headers['content-type'] ?? 'application/json';
    response.writeHead(answer.statusCode, { 'content-type': String(type) }).end(content);
  }

  private tell(exchange: Exchange): void {
    this.onExchange(exchange);
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
