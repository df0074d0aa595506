import { createServer, type AddressInfo, type Socket } from 'node:net';

/** What the stub is told over the channel to its parent. */
export interface LeanHttpOrder {
  devicesEach: number;
}

export interface LeanHttpReply {
  port: number;
}

/**
 * The user service's stub, which knows every user, each with as many devices. HTTP/1.1 by hand, as its answer is always
 * the same; Node's own server would cost ten times as much CPU and be what is measured.
 */

/** Ends the headers of each request. Bodies are JSON in one line, so that it occurs once a request. */
const END_OF_HEADERS = '\r\n\r\n';
let answer = answerWith(1);

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
    if (requests.length > 0) socket.write(answer.repeat(requests.length));
  });
  socket.on('error', () => socket.destroy());
}

const server = createServer(serve).listen(0, '127.0.0.1');

function tell(): void {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port } satisfies LeanHttpReply);
}

server.on('listening', tell);
process.on('message', (order: LeanHttpOrder) => {
  answer = answerWith(order.devicesEach);
  tell();
});
process.on('disconnect', () => process.exit());
