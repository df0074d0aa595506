import { connect, type ClientHttp2Session } from 'node:http2';

/** An answer, whichever protocol brought it. */
export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

/** One way to reach the emulator. */
export interface Client {
  /** @throws when the connection or the stream is cut */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  close(): void;
}

export interface RequestOptions {
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
}

/** HTTP/1.1, by `fetch`. */
export function http1Client(url: string): Client {
  return {
    async request(method, path, options = {}) {
      const response = await fetch(url + path, { method, ...options });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      };
    },
    close: () => undefined,
  };
}

/** Cleartext HTTP/2 with prior knowledge; a new session when the old one has ended. */
export function http2Client(url: string): Client {
  let session: ClientHttp2Session | undefined;
  return {
    request(method, path, options = {}) {
      if (!session || session.closed || session.destroyed) session = openSession(url);
      return requestOn(session, method, path, options);
    },
    close: () => session?.destroy(),
  };
}

/** An HTTP/2 session whose end is nobody's unhandled error: its streams tell of it. */
export function openSession(url: string): ClientHttp2Session {
  return connect(url).on('error', () => undefined);
}

/** One request on one session. */
export function requestOn(
  session: ClientHttp2Session,
  method: string,
  path: string,
  { headers, body, signal }: RequestOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ...headers, ':method': method, ':path': path }, { signal });
    const answer: Answer = { status: 0, headers: {}, body: '' };
    stream.setEncoding('utf8');
    stream.on('response', (received) => {
      answer.status = Number(received[':status']);
      answer.headers = received;
    });
    stream.on('data', (text: string) => (answer.body += text));
    stream.on('error', reject);
    stream.on('close', () =>
      answer.status ? resolve(answer) : reject(new Error('cut without an answer')),
    );
    stream.end(body);
  });
}

/** Both protocols, for `describe.each`. */
export const protocols = [
  ['HTTP/1.1', http1Client],
  ['HTTP/2', http2Client],
] as const;

/** A send as a sender of FCM makes it. */
export function send(
  client: Client,
  message: object,
  extra: object = {},
  options: RequestOptions = {},
): Promise<Answer> {
  return client.request('POST', '/v1/projects/demo/messages:send', {
    headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
    body: JSON.stringify({ message, ...extra }),
    ...options,
  });
}

interface ErrorBody {
  error: { code: number; message: string; status: string; details: Record<string, unknown>[] };
}

export const errorOf = ({ body }: Answer): ErrorBody['error'] =>
  (JSON.parse(body) as ErrorBody).error;

/** FCM's own code of an error answer, if it carries one. */
export const fcmCodeOf = (answer: Answer): unknown =>
  errorOf(answer).details.find((detail) => String(detail['@type']).endsWith('v1.FcmError'))
    ?.errorCode;
