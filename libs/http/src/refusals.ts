import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BadRequestException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { failure } from '@push/contracts';

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Answers, in the envelope, what Fastify refuses before routing, such as an address that cannot be decoded. Fastify's own
 * text repeats the address, with any token or key in it.
 */
export function refuseAddress(
  error: { statusCode?: number },
  _request: unknown,
  { raw }: { raw: ServerResponse },
): void {
  const status = error.statusCode ?? 400;
  raw.writeHead(status, { 'content-type': JSON_TYPE });
  const body =
    status === 414
      ? failure('uri_too_long', 'The address is too long')
      : failure('bad_request', 'The address cannot be read: check its percent-encoding');
  raw.end(JSON.stringify(body));
}

const CLIENT_ERRORS: Readonly<Record<string, { status: number; message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The request headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request took too long to arrive' },
};

/** Answers, in the envelope, what Node cannot parse as HTTP. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET') return;
  const { status, message } = CLIENT_ERRORS[error.code ?? ''] ?? {
    status: 400,
    message: 'This is not a valid HTTP request',
  };
  endWith(socket, status, message);
}

/**
 * Refuses a request without exactly one Host header, as HTTP/1.1 demands (RFC 9112, 3.2): of two, a proxy may have used the
 * other one.
 * @param done called with a BadRequestException where it is refused
 */
export function refuseHosts(
  { raw }: { raw: IncomingMessage },
  _reply: unknown,
  done: (error?: Error) => void,
): void {
  const hosts = hostsOf(raw);
  if (hosts === 1 || (hosts === 0 && raw.httpVersion === '1.0')) done();
  else done(new BadRequestException('Send one Host header'));
}

function hostsOf({ rawHeaders }: IncomingMessage): number {
  let hosts = 0;
  // Names and values alternate.
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** Answers, in the envelope, what Node would answer with an empty body: CONNECT, and an unknown Expect header. */
export function refuseConnectAndExpect(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Socket) =>
    endWith(socket, 405, 'CONNECT is not supported'),
  );
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify(
      failure('expectation_failed', 'Leave the Expect header out, or send 100-continue'),
    );
    response.writeHead(417, { 'content-type': JSON_TYPE, connection: 'close' }).end(body);
  });
}

/** Answers on a raw socket and closes it. */
function endWith(socket: Socket, status: number, message: string): void {
  if (socket.destroyed || !socket.writable) return;
  const name = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify(failure(name.toLowerCase().replaceAll(' ', '_'), message));
  socket.end(
    `HTTP/1.1 ${status} ${name}\r\ncontent-type: ${JSON_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON bodies by Fastify's own parser, which refuses keys that reach for a prototype, and says what is wrong: that
 * parser reports bytes that are not UTF-8 as a wrong length, and such keys as a syntax error. A byte order mark is dropped.
 */
export function readJsonBodies(fastify: Fastify): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      let text: string;
      try {
        text = UTF8.decode(body);
      } catch {
        done(new BadRequestException('The body is not UTF-8, which JSON has to be'));
        return;
      }
      const end = (error: Error | null, value?: unknown): void =>
        done(error && explainJsonError(error, text), value);
      void parse(request, text, end);
    },
  );
}

function explainJsonError(error: Error, text: string): Error {
  if (text === '') return error;
  try {
    JSON.parse(text);
  } catch {
    return new BadRequestException('The body is not valid JSON');
  }
  return new BadRequestException(
    'The body has a key that is not accepted: __proto__, or constructor with prototype in it',
  );
}
