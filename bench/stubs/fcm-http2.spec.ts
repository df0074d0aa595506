import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { listenHttp2 } from './fcm-http2';

describe("FCM's stub over HTTP/2", () => {
  let server: Server;
  let session: ClientHttp2Session;
  const received: string[] = [];

  beforeEach(async () => {
    received.length = 0;
    server = listenHttp2((body, answer) => {
      received.push(body.toString());
      answer(`{"name":"${received.length}"}`);
    });
    await once(server, 'listening');
    session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await once(session, 'remoteSettings');
  });

  afterEach(async () => {
    const closed = once(session, 'close');
    session.destroy();
    await closed;
    server.close();
    await once(server, 'close');
  });

  async function post(body: string): Promise<{ status: unknown; answer: string }> {
    const stream = session.request({ ':method': 'POST', ':path': '/v1/projects/x/messages:send' });
    stream.end(body);
    const [headers] = await once(stream, 'response');
    let answer = '';
    for await (const chunk of stream) answer += String(chunk);
    return { status: headers[':status'], answer };
  }

  it('answers each message', async () => {
    expect(await post('{"message":{}}')).toEqual({ status: 200, answer: '{"name":"1"}' });
    expect(received).toEqual(['{"message":{}}']);
  });

  it('puts bodies of several frames together, of many requests at a time', async () => {
    const bodies = Array.from({ length: 300 }, (_, at) => `${at}:${'x'.repeat(at * 200)}`);
    const answers = await Promise.all(bodies.map(post));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(received.toSorted()).toEqual(bodies.toSorted());
  });

  it('answers a ping, and says what Google allows', async () => {
    await new Promise<void>((resolve, reject) =>
      session.ping((error) => (error ? reject(error) : resolve())),
    );
    expect(session.remoteSettings.maxConcurrentStreams).toBe(100);
  });
});
