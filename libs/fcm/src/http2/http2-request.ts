import type { FcmAnswer } from '../refusal/refusal';
import type { FcmSession } from './fcm-session';
import type { SessionPool, SessionWaiter } from './session-pool';
import type { RequestHead } from './wire/hpack-encoder';
import type { Http2Stream, StreamListener } from './wire/http2-stream';

/** How a request ended. */
export type Http2End =
  { kind: 'answer'; answer: FcmAnswer } | { kind: 'broken'; error: unknown } | { kind: 'overload' };

/** One POST to FCM, on whatever session the pool has room on. Ends once, with a call of `done`, or is cancelled. */
export class Http2Request implements SessionWaiter, StreamListener {
  private session?: FcmSession;
  private stream?: Http2Stream;
  private resent = false;

  constructor(
    private readonly pool: SessionPool,
    private readonly head: RequestHead,
    private readonly body: string,
    private readonly done: (end: Http2End) => void,
  ) {}

  start(): void {
    if (!this.pool.acquire(this)) this.done({ kind: 'overload' });
  }

  /** Nobody waits for the answer any more: the stream is reset, and the connection asked for a sign of life. */
  cancel(): void {
    this.pool.leave(this);
    if (this.stream) this.session?.cancel(this.stream);
  }

  begin(session: FcmSession): void {
    this.session = session;
    this.stream = session.open(this.head, this.body, this);
  }

  onAnswer(answer: FcmAnswer): void {
    this.done({ kind: 'answer', answer });
  }

  onBroken(error: Error, neverActedOn: boolean): void {
    // Never seen by FCM, so sending it again is still one request to it. Once: a peer that goes on refusing is not well.
    if (neverActedOn && !this.resent) {
      this.resent = true;
      this.stream = undefined;
      this.start();
    } else {
      this.done({ kind: 'broken', error });
    }
  }
}
