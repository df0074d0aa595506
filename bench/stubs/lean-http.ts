import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What the stub is told over the channel to its parent. */
export type LeanHttpOrder =
  { kind: 'users'; devicesEach: number } | { kind: 'count' } | { kind: 'count-anew' };

export interface LeanHttpReply {
  port: number;
  /** Requests since it was told to count anew. */
  requests: number;
}

/**
 * The user service's stub, which knows every user, each with as many devices; and the gateway's, for which any answer
 * of 200 will do. HTTP/1.1 by hand, for its answer is always the same; Node's own server would cost ten times as much.
 */

/** Ends the headers of each request. Bodies are JSON in one line, so that it occurs once a request. */
const END_OF_HEADERS = '\r\n\r\n';
let answer = answerWith(1);
let served = 0;

function answerWith(devicesEach: number): string {
  const devices = Array.from({ length: devicesEach }, (_, index) => ({
    // As long as FCM's tokens are.
    token: `bench-device-${index}:APA91b${'x'.repeat(140)}`,
    platform: 'android',
  }));
  const user = { user_id: 'bench', devices, preferences: { push: true } };
  const body = JSON.stringify({
    success: true,
    data: user,
    error: null,
    message: 'User',
    meta: {},
  });
  return [
    'HTTP/1.1 200 OK',
    'content-type: application/json; charset=utf-8',
    'connection: keep-alive',
    'keep-alive: timeout=60',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

function serve(socket: Socket): void {
  let unread = '';
  socket.setNoDelay();
  socket.on('data', (chunk: Buffer) => {
    const requests = (unread + chunk.toString('latin1')).split(END_OF_HEADERS);
    unread = requests.pop() ?? '';
    served += requests.length;
    if (requests.length > 0) socket.write(answer.repeat(requests.length));
  });
  socket.on('error', () => socket.destroy());
}

function obey(order: LeanHttpOrder): void {
  switch (order.kind) {
    case 'users':
      answer = answerWith(order.devicesEach);
      return;
    case 'count-anew':
      served = 0;
      return;
    case 'count':
      return;
    default:
      order satisfies never;
  }
}

const server = createServer(serve).listen(0, '127.0.0.1');

function tell(): void {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port, requests: served } satisfies LeanHttpReply);
}

server.on('listening', tell);
process.on('message', (order: LeanHttpOrder) => {
  obey(order);
  tell();
});
process.on('disconnect', () => process.exit());
