import { constants, type ClientHttp2Stream, type OutgoingHttpHeaders } from 'node:http2';
import type { FcmAnswer } from '../refusal/refusal';
import type { FcmSession } from './fcm-session';
import type { SessionPool, SessionWaiter } from './session-pool';

/** Far more than any answer of FCM's. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** How a request ended. */
export type Http2End =
  { kind: 'answer'; answer: FcmAnswer } | { kind: 'broken'; error: unknown } | { kind: 'overload' };

/** One POST to FCM, on whatever session the pool has room on. Ends once, with a call of `done`, or is cancelled. */
export class Http2Request implements SessionWaiter {
  private session?: FcmSession;
  private stream?: ClientHttp2Stream;
  private resent = false;
  private ended = false;

  constructor(
    private readonly pool: SessionPool,
    private readonly headers: OutgoingHttpHeaders,
    private readonly body: string,
    private readonly done: (end: Http2End) => void,
  ) {}

  start(): void {
    if (!this.pool.acquire(this)) this.end({ kind: 'overload' });
  }

  /** Nobody waits for the answer any more: the stream is reset, and the connection asked for a sign of life. */
  cancel(): void {
    this.ended = true;
    this.pool.leave(this);
    this.stream?.close(constants.NGHTTP2_CANCEL);
    this.session?.check();
  }

  begin(session: FcmSession): void {
    const stream = session.open(this.headers);
    this.session = session;
    this.stream = stream;
    let status = 0;
    let retryAfter: string | undefined;
    let error: unknown;
    let size = 0;
    const chunks: Buffer[] = [];
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
      retryAfter = headers['retry-after'];
    });
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_ANSWER_BYTES) chunks.push(chunk);
      else stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.on('end', () => {
      if (status === 0 || size > MAX_ANSWER_BYTES) return;
      const body = Buffer.concat(chunks).toString();
      this.end({ kind: 'answer', answer: { status, retryAfter, body } });
    });
    stream.on('error', (cause: unknown) => (error = cause));
    stream.on('close', () => {
      if (this.ended) return;
      // Never seen by FCM, so sending it again is still one request to it. Once: a peer that goes on refusing is not well.
      if (status === 0 && !this.resent && session.neverActedOn(stream, error)) {
        this.resent = true;
        this.start();
      } else {
        this.end({ kind: 'broken', error: error ?? cutError(size, stream.rstCode) });
      }
    });
    stream.end(this.body);
  }

  private end(end: Http2End): void {
    if (this.ended) return;
    this.ended = true;
    this.done(end);
  }
}

function cutError(size: number, code: number | undefined): Error {
  return size > MAX_ANSWER_BYTES
    ? new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    : new Error(`the stream was reset with code ${code ?? 0}`);
}
