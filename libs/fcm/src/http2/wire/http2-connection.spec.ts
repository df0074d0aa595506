import { once } from 'node:events';
import { createServer } from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import { Http2Connection } from './http2-connection';

const HEAD = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':authority', 'test'],
  [':path', '/'],
] as const;

async function withServer() {
  const ids: number[] = [];
  const server = createServer().on('stream', (stream) => {
    ids.push(stream.id ?? 0);
    stream.respond({ ':status': 204 }, { endStream: true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const happened: string[] = [];
  const note = (what: string) => () => void happened.push(what);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const events = {
    onConnected: note('connected'),
    onRoom: () => undefined,
    onPong: note('pong'),
    onEnding: note('ending'),
    onClosed: note('closed'),
  };
  return { server, socket, ids, happened, events, closed };
}

function listener(happened: string[]) {
  return {
    onAnswer: ({ status }: { status: number }) => void happened.push(`answer ${status}`),
    onBroken: ({ message }: Error) => void happened.push(message),
  };
}

describe('Http2Connection', () => {
  it('ends by itself when there are no ids left for streams, after the last answer', async () => {
    const { server, socket, ids, happened, events, closed } = await withServer();
    const connection: Http2Connection = new Http2Connection(
      socket,
      {
        ...events,
        onEnding() {
          happened.push('ending');
          connection.close();
        },
      },
      { firstStreamId: 2 ** 31 - 3 },
    );
    connection.request(HEAD, '', listener(happened));
    await closed;
    expect(ids).toEqual([2 ** 31 - 3]);
    expect(happened).toEqual(['ending', 'connected', 'answer 204', 'ending', 'closed']);
    server.close();
  });

  it('sends nothing of a request that is cancelled before it is connected', async () => {
    const { server, socket, ids, happened, events, closed } = await withServer();
    const connection = new Http2Connection(socket, events);
    const cancelled = connection.request(HEAD, '', listener(happened));
    connection.request(HEAD, '', listener(happened));
    expect(connection.knows(cancelled)).toBe(false);
    connection.cancel(cancelled);
    expect(connection.streams).toBe(1);
    connection.close();
    await closed;
    expect(ids).toEqual([1]);
    expect(happened).toEqual(['connected', 'answer 204', 'ending', 'closed']);
    server.close();
  });

  it('tells those under way why it was destroyed, and answers PING until then', async () => {
    const { server, socket, happened, events, closed } = await withServer();
    const connection = new Http2Connection(socket, events);
    await once(socket, 'connect');
    connection.ping();
    while (!happened.includes('pong')) await new Promise((resolve) => setImmediate(resolve));
    connection.request(HEAD, '', listener(happened));
    connection.destroy(new Error('enough'));
    await closed;
    expect(happened).toEqual(['connected', 'pong', 'ending', 'enough', 'closed']);
    server.close();
  });
});
