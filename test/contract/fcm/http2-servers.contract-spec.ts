import { once } from 'node:events';
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import {
  createServer as createTlsServer,
  getCACertificates,
  setDefaultCACertificates,
} from 'node:tls';
import { Http2Transport, type SendResult } from '@push/fcm';
import { selfSigned } from '../../support/self-signed';
import { waitFor } from '../../support/wait-for';
import { fcmConfig, openHttp2, push } from './transports';

const ACCEPTED = { accepted: true };
type Server = Pick<Http2Server, 'listen' | 'close' | 'address'>;

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server as Http2Server, 'listening');
  opened.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
  return (server.address() as AddressInfo).port;
}

/** Answers when the request has come whole, with its body's `tag` for a name. */
function echo(stream: ServerHttp2Stream, headers: Record<string, string | number> = {}): void {
  let body = '';
  stream.setEncoding('utf8');
  stream.on('error', () => undefined);
  stream.on('data', (text: string) => (body += text));
  stream.on('end', () => {
    const { message } = JSON.parse(body) as { message: { token: string } };
    stream.respond({ ':status': 200, 'content-type': 'application/json', ...headers });
    stream.end(JSON.stringify({ name: message.token }));
  });
}

function sendMany(transport: Http2Transport, count: number, body = 'x'): Promise<SendResult[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => transport.send(push(`token-${index}`, { body }))),
  );
}

function expectOwnAnswers(results: SendResult[]): void {
  results.forEach((result, index) =>
    expect(result).toEqual({ accepted: true, messageId: `token-${index}` }),
  );
}

function open(port: number, options: Parameters<typeof openHttp2>[1] = {}): Http2Transport {
  const one = openHttp2(`127.0.0.1:${port}`, { timeoutMs: 10_000, ...options });
  opened.push(one);
  return one.transport;
}

describe("Node's own HTTP/2 server", () => {
  it.each([
    ['as it comes', {}],
    ['with tiny windows', { initialWindowSize: 10 }],
    ['without a header table', { headerTableSize: 0 }],
    ['with few streams', { maxConcurrentStreams: 7 }],
    ['with large frames', { maxFrameSize: 2 ** 20 }],
  ])('%s answers many sends, each its own', async (_, settings) => {
    const server = createServer({ settings });
    server.on('stream', (stream) => echo(stream));
    const transport = open(await listen(server), { maxSessions: 2 });
    expect(await transport.send(push('first'))).toMatchObject(ACCEPTED);
    expectOwnAnswers(await sendMany(transport, 500, 'é'.repeat(1500)));
    expect(transport.streams).toBe(0);
  });

  it('may change its settings at any time', async () => {
    const server = createServer();
    let nth = 0;
    server.on('stream', (stream) => {
      nth += 1;
      const [initialWindowSize, headerTableSize] = [
        [70_000, 4096],
        [30, 0],
        [1, 200],
      ][nth % 3]!;
      if (nth % 40 === 0) stream.session?.settings({ initialWindowSize, headerTableSize });
      echo(stream);
    });
    const transport = open(await listen(server), { maxSessions: 1 });
    for (let round = 0; round < 5; round += 1) {
      expectOwnAnswers(await sendMany(transport, 200, 'x'.repeat(1000)));
    }
    expect(transport.sessions).toBe(1);
  });

  it('may answer with more fields than are taken, and the next answer is read all the same', async () => {
    const server = createServer();
    let nth = 0;
    server.on('stream', (stream) => {
      nth += 1;
      const many = Object.fromEntries(
        Array.from({ length: 8 }, (_, index) => [`x-${index}`, 'y'.repeat(nth === 2 ? 9000 : 500)]),
      );
      echo(stream, { ...many, 'x-same': 'same' });
    });
    const transport = open(await listen(server));
    for (const accepted of [true, false, true, true]) {
      expect(await transport.send(push('t'))).toMatchObject({ accepted });
    }
    expect(transport.sessions).toBe(1);
  });

  it('may retire connections under load: each send is answered, and comes once', async () => {
    const server = createServer();
    let nth = 0;
    server.on('stream', (stream) => {
      nth += 1;
      if (nth % 150 === 0) stream.session?.close();
      echo(stream);
    });
    const transport = open(await listen(server));
    for (let round = 0; round < 5; round += 1) {
      expectOwnAnswers(await sendMany(transport, 300));
    }
    expect(nth).toBe(1500);
  });
});

describe('TLS', () => {
  const trusted = getCACertificates('default');
  const certificate = selfSigned();
  beforeAll(() => setDefaultCACertificates([...trusted, certificate.cert]));
  afterAll(() => setDefaultCACertificates(trusted));

  /** The configuration has no TLS but Google's, so the project is made up. */
  function openTls(host: string, port: number): Http2Transport {
    const { project, close } = openHttp2('127.0.0.1:1');
    const config = fcmConfig({ FCM_EMULATOR_HOST: '127.0.0.1:1' });
    const { tokens, id } = project;
    const origin = `https://${host}:${port}`;
    const transport = new Http2Transport({ tokens, id, origin }, config);
    opened.push({ close }, { close: () => transport.onApplicationShutdown() });
    return transport;
  }

  it.each(['localhost', '127.0.0.1'])('carries sends to %s', async (host) => {
    const server = createSecureServer(certificate);
    const names: unknown[] = [];
    server.on('secureConnection', (socket) => names.push(socket.servername));
    server.on('stream', (stream) => echo(stream));
    const transport = openTls(host, await listen(server));
    expectOwnAnswers(await sendMany(transport, 150));
    expect(transport.sessions).toBe(2);
    expect(new Set(names)).toEqual(new Set([host === 'localhost' ? host : false]));
  });

  it.each([
    ['nothing', [], /by ALPN it chose nothing/],
    ['HTTP/1.1', ['http/1.1'], /no application protocol/],
  ])('with a peer that speaks %s is told, and no request leaves', async (_, protocols, text) => {
    let received = '';
    const server = createTlsServer({ ...certificate, ALPNProtocols: protocols }, (socket) =>
      socket
        .on('error', () => undefined)
        .on('data', (data: Buffer) => (received += data.toString())),
    );
    const transport = openTls('127.0.0.1', await listen(server as unknown as Server));
    const result = await transport.send(push('t'));
    expect(result).toMatchObject({ code: 'NETWORK', message: expect.stringMatching(text) });
    await waitFor('the end of the connection', () => transport.sessions === 0);
    expect(received).toBe('');
  });

  it('with a certificate that nobody vouches for is refused', async () => {
    const server = createSecureServer(selfSigned());
    const transport = openTls('127.0.0.1', await listen(server));
    const result = await transport.send(push('t'));
    expect(result).toMatchObject({ message: expect.stringContaining('self-signed certificate') });
  });
});
