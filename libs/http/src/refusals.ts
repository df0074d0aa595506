import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { BadRequestException } from '@nestjs/common';
import { failure } from '@push/contracts';

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Answers, in the envelope, what Fastify refuses before there is a route: an address that cannot be decoded, for one. Its
 * own text repeats the address, with whatever token or key is in it.
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

/** Answers, in the envelope, what Node cannot even read as HTTP. */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET') return;
  const { status, message } = CLIENT_ERRORS[error.code ?? ''] ?? {
    status: 400,
    message: 'This is not a valid HTTP request',
  };
  endWith(socket, status, message);
}

/**
 * HTTP/1.1 has one Host header, no more and no less (RFC 9112, 3.2): with two, whoever stands in front of us may go by
 * the other one.
 * @param done given a BadRequestException where it is refused
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
  // Names and values in turn.
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}

/** Answers, in the envelope, what Node answers by itself with nothing: a tunnel, and an expectation nobody has heard of. */
export function refuseOddities(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Socket) =>
    endWith(socket, 405, 'There are no tunnels here'),
  );
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify(
      failure('expectation_failed', 'Leave the Expect header out, or send 100-continue'),
    );
    response.writeHead(417, { 'content-type': JSON_TYPE, connection: 'close' }).end(body);
  });
}

/** The last that is said on a connection. */
function endWith(socket: Socket, status: number, message: string): void {
  if (socket.destroyed || !socket.writable) return;
  const name = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify(failure(name.toLowerCase().replaceAll(' ', '_'), message));
  socket.end(
    `HTTP/1.1 ${status} ${name}\r\ncontent-type: ${JSON_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
