import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Responder = (request: IncomingMessage, response: ServerResponse) => void;

/** A request as it came. Its body grows until its end has arrived. */
export interface ScriptedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A real HTTP server whose answers a test scripts by path. */
export interface ScriptedServer {
  url: string;
  /** Every request, as it came over the wire. */
  requests: ScriptedRequest[];
  /** Connections accepted so far. */
  connections(): number;
  /** What a path answers from now on; several are given out in turn, the last one for ever. */
  on(path: string, ...responders: Responder[]): void;
  /** What any other path answers. @default 404 */
  otherwise: Responder;
  reset(): void;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const scripts = new Map<string, Responder[]>();
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const { method = '', headers } = request;
    const seen: ScriptedRequest = { method, path, headers, body: '' };
    scripted.requests.push(seen);
    request.setEncoding('utf8').on('data', (text: string) => (seen.body += text));
    const script = scripts.get(path) ?? [];
    const responder = script.length > 1 ? script.shift() : script[0];
    (responder ?? scripted.otherwise)(request, response);
  });
  server.on('connection', (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const scripted: ScriptedServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    connections: () => accepted,
    on: (path, ...responders) => void scripts.set(path, responders),
    otherwise: status(404),
    reset: () => {
      scripts.clear();
      scripted.requests.length = 0;
      scripted.otherwise = status(404);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return scripted;
}

export const json =
  (body: unknown): Responder =>
  (_request, response) =>
    void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));

export const raw =
  (body: string, code = 200): Responder =>
  (_request, response) =>
    void response.writeHead(code).end(body);

export const status =
  (code: number, headers: Record<string, string> = {}): Responder =>
  (_request, response) =>
    void response.writeHead(code, headers).end(JSON.stringify({ success: false, data: null }));

/** Never answers. */
export const hang: Responder = () => undefined;

/** Cuts the connection. */
export const cut: Responder = (request) => void request.socket.destroy();

/** Answers with the beginning of a body, and never with its end. */
export const stall: Responder = (_request, response) => void response.write('{"push_token":');

/** Sends a body for as long as somebody reads it. */
export const flood: Responder = (_request, response) => {
  const more = (): void => {
    while (response.write('x'.repeat(65_536)));
    response.once('drain', more);
  };
  response.on('close', () => response.removeAllListeners('drain'));
  more();
};
