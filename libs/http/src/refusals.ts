import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { failure } from '@push/contracts';

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
  raw.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
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
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const { status, message } = CLIENT_ERRORS[error.code ?? ''] ?? {
    status: 400,
    message: 'This is not a valid HTTP request',
  };
  const name = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify(failure(name.toLowerCase().replaceAll(' ', '_'), message));
  socket.end(
    `HTTP/1.1 ${status} ${name}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
