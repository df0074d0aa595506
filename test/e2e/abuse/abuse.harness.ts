import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { AppProcess } from '../../support/processes';
import { postJson, startStack, untilReady, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

export const ADMIN_KEY = 'the-key-of-alice-in-abuse';

/** What came back on a connection. */
export interface RawAnswer {
  /** 0 where the connection was closed without an answer. */
  status: number;
  head: string;
  /** Empty where the answer is no JSON. */
  body: Json;
  text: string;
}

export type AppName = 'push-service' | 'api-gateway';

/** Both apps as operators run them, in production, with what they need around them. */
export class Abused {
  private constructor(
    private readonly stack: Stack,
    private readonly apps: Readonly<Record<AppName, AppProcess>>,
    private readonly urls: Readonly<Record<AppName, string>>,
    private readonly before: Readonly<Record<AppName, number>>,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<Abused> {
    const stack = await startStack({ instances: 0 });
    const common = {
      ...stack.env,
      ADMIN_API_KEYS: `alice:${ADMIN_KEY}`,
      NODE_ENV: 'production',
      LOG_LEVEL: 'debug',
      ...env,
    };
    const gateway = new AppProcess('api-gateway', common);
    const gatewayUrl = await gateway.url();
    const push = new AppProcess('push-service', {
      ...common,
      STATUS_CALLBACK_URL: `${gatewayUrl}/api/v1/push/status/`,
    });
    const apps = { 'push-service': push, 'api-gateway': gateway };
    const urls = { 'push-service': await push.url(), 'api-gateway': gatewayUrl };
    await Promise.all(Object.values(urls).map((url) => untilReady(url)));
    const before = { 'push-service': memoryMb(push), 'api-gateway': memoryMb(gateway) };
    return new Abused(stack, apps, urls, before);
  }

  url(app: AppName): string {
    return this.urls[app];
  }

  log(app: AppName): Json[] {
    return this.apps[app].log;
  }

  /** Opens a bare connection. */
  open(app: AppName): Socket {
    const { hostname, port } = new URL(this.urls[app]);
    return connect(Number(port), hostname).on('error', () => undefined);
  }

  /** Sends bytes as they are, and reads until the connection is closed. */
  raw(app: AppName, bytes: string | Buffer): Promise<RawAnswer> {
    const socket = this.open(app);
    socket.write(bytes);
    return readAll(socket);
  }

  /** Open sockets and files of an app. */
  descriptors(app: AppName): number {
    return readdirSync(`/proc/${this.apps[app].pid}/fd`).length;
  }

  /** A notification goes its way as ever, every line printed is sound, and no memory was eaten. */
  async expectUnharmed(): Promise<void> {
    const request_id = `sound-${randomBytes(4).toString('hex')}`;
    const request = { request_id, push_token: 'android-sound', template_code: 'Hi' };
    const accepted = await postJson(`${this.urls['api-gateway']}/api/v1/notifications`, request);
    expect(accepted.status).toBe(202);
    expect(await this.stack.finalStatus(request_id)).toMatchObject({ status: 'delivered' });
    for (const name of ['push-service', 'api-gateway'] as const) {
      expect(memoryMb(this.apps[name]) - this.before[name]).toBeLessThan(150);
      for (const line of this.apps[name].output.split('\n').slice(0, -1)) {
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(JSON.parse(line)).toMatchObject({ service: name, level: expect.any(String) });
      }
      expect(this.log(name).filter(({ level }) => level === 'ERROR')).toEqual([]);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.apps).map((app) => app.stop()));
    await this.stack.close();
  }
}

/** Reads until the other end closes. */
export async function readAll(socket: Socket): Promise<RawAnswer> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  await waitFor('the end of a connection', () => socket.destroyed, 40_000);
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const json = /\{.*\}/s.exec(rest.join(''))?.[0];
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
  return { status, head, text, body: json === undefined ? {} : (JSON.parse(json) as Json) };
}

/** A request for one answer, as bytes. */
export function request(
  method: string,
  path: string,
  { headers = [], body }: { headers?: readonly string[]; body?: string | Buffer } = {},
): Buffer {
  const content = Buffer.from(body ?? '');
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: test',
    'Connection: close',
    ...(body === undefined ? [] : [`Content-Length: ${content.length}`]),
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}

/** A refusal in the envelope that says what is wrong. */
export function expectRefusal({ status, body }: RawAnswer, ...expected: number[]): void {
  expect(expected.length === 0 ? [status] : expected).toContain(status);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(body).toEqual({
    success: false,
    data: null,
    error: expect.stringMatching(/^[a-z0-9_]+$/),
    message: expect.stringMatching(/^.{5,1000}$/s),
    meta: null,
  });
}

export const BOTH: readonly AppName[] = ['push-service', 'api-gateway'];

function memoryMb(app: AppProcess): number {
  const status = readFileSync(`/proc/${app.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}
