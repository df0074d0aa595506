import type { Socket } from 'node:net';
import { onceConnected } from './alpn';
import type { Http2ConnectionEvents } from './connection-events';
import { MAX_HEADER_LIST_BYTES } from './answer-fields';
import type { RequestHead } from './hpack-encoder';
import { Http2Stream, MAX_ANSWER_BYTES, type StreamListener } from './http2-stream';
import { CONNECTION_WINDOW, Inbound } from './inbound';
import { Outbound } from './outbound';
import { encodeSettings, Setting } from './peer-settings';
import { SocketWriter } from './socket-writer';
import {
  ConnectionError,
  ErrorCode,
  pendingStreamError,
  sessionError,
  streamError,
} from './wire.errors';

/** What we ask of the peer. A whole answer fits a stream's window, so that those never need to be opened further. */
const SETTINGS = encodeSettings([
  [Setting.ENABLE_PUSH, 0],
  [Setting.INITIAL_WINDOW_SIZE, MAX_ANSWER_BYTES * 2],
  [Setting.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
]);

/**
 * HTTP/2 for many small requests: https://www.rfc-editor.org/rfc/rfc9113 and RFC 7541 as far as they concern a client
 * that sends POSTs. `node:http2` takes 45 us CPU more for each, for streams, events and asynchronous contexts.
 */
export class Http2Connection {
  private readonly out: Outbound;
  private readonly in: Inbound;
  private readonly writer: SocketWriter;
  private isConnected = false;
  private isClosing = false;
  private isClosed = false;

  /** @param socket not yet connected; with TLS, it has to offer `h2` by ALPN */
  constructor(
    private readonly socket: Socket,
    private readonly events: Http2ConnectionEvents,
    { firstStreamId = 1 } = {},
  ) {
    this.out = new Outbound(firstStreamId);
    this.out.preface(SETTINGS, CONNECTION_WINDOW);
    this.in = new Inbound(this.out, {
      onSettings: () => this.events.onRoom(),
      onPong: () => this.events.onPong(),
      onGoaway: (lastStreamId, code) => this.leave(lastStreamId, code),
      // It need not read the rest of a request that it has answered already.
      onEnd: (stream) => this.answer(stream, stream.unsent && ErrorCode.CANCEL),
      onReset: (stream, code) => {
        if (stream.answered) this.answer(stream);
        else this.breakOff(stream, streamError(code), code === ErrorCode.REFUSED_STREAM);
      },
      onWrong: (stream, error, code) => this.breakOff(stream, error, false, code),
    });
    this.writer = new SocketWriter(socket, () => {
      this.out.fill();
      return this.out.take();
    });
    socket.setNoDelay(true);
    onceConnected(socket, (refusal) => this.begin(refusal));
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('error', (error) => this.fail(error));
    const gone = (): void => this.fail(streamError(ErrorCode.CANCEL));
    // Before it is connected, an error that says more follows.
    socket.once('end', () => this.isConnected && gone());
    socket.once('close', () => {
      gone();
      this.events.onClosed();
    });
  }

  get connected(): boolean {
    return this.isConnected && !this.isClosed;
  }

  /** Streams under way, and those about to be. */
  get streams(): number {
    return this.out.open.size + this.out.waiting.size;
  }

  /** Streams at once that the peer allows. */
  get maxStreams(): number {
    return this.out.peer.maxStreams;
  }

  /** Sends a POST. Not to be called any more once `onEnding` was. */
  request(head: RequestHead, body: string, listener: StreamListener): Http2Stream {
    const stream = new Http2Stream(head, body, listener);
    this.out.waiting.add(stream);
    this.writer.schedule();
    if (!this.out.hasIds) this.events.onEnding();
    return stream;
  }

  /** Whether the peer may have heard of a stream that has not ended. */
  knows(stream: Http2Stream): boolean {
    return this.out.open.has(stream.id);
  }

  /** Nobody waits for the answer any more. The peer is told, if it knows of the stream, and the listener is not. */
  cancel(stream: Http2Stream): void {
    this.remove(stream, ErrorCode.CANCEL);
    this.writer.schedule();
    this.endIfIdle();
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.out.ping();
    this.writer.schedule();
  }

  /** Ends with the last stream under way. */
  close(): void {
    this.isClosing = true;
    this.endIfIdle();
  }

  /** Ends now; what is under way is told the reason. */
  destroy(reason: Error): void {
    this.fail(reason);
    this.socket.destroy();
  }

  private begin(refusal?: Error): void {
    if (refusal) {
      this.destroy(refusal);
      return;
    }
    this.isConnected = true;
    this.events.onConnected();
    this.writer.start();
  }

  private read(chunk: Buffer): void {
    if (this.isClosed) return;
    try {
      this.in.push(chunk);
    } catch (error) {
      const code = error instanceof ConnectionError ? error.code : ErrorCode.INTERNAL_ERROR;
      this.endFor(error as Error, code);
      return;
    }
    if (this.out.hasSomething) this.writer.schedule();
    this.endIfIdle();
  }

  private answer(stream: Http2Stream, resetCode?: number): void {
    this.remove(stream, resetCode);
    stream.listener.onAnswer(stream.answer());
  }

  private breakOff(stream: Http2Stream, error: Error, neverActedOn: boolean, code?: number): void {
    this.remove(stream, code);
    stream.listener.onBroken(error, neverActedOn);
  }

  private remove(stream: Http2Stream, resetCode?: number): void {
    this.out.drop(stream, resetCode);
    this.events.onRoom();
  }

  /** The peer leaves, and says how far it came. With an error it is gone at once, else when it has answered that far. */
  private leave(lastStreamId: number, code: number): void {
    const gentle = code === ErrorCode.NO_ERROR;
    this.isClosing = true;
    this.events.onEnding();
    const error = gentle ? streamError(ErrorCode.REFUSED_STREAM) : sessionError(code);
    for (const stream of [...this.out.open, ...this.out.waiting]) {
      if (stream.id === 0 || stream.id > lastStreamId) this.breakOff(stream, error, true);
    }
    if (!gentle) this.endFor(error, ErrorCode.NO_ERROR);
  }

  private endIfIdle(): void {
    if (!this.isClosing || this.isClosed || this.streams > 0) return;
    if (this.isConnected) this.endFor(streamError(ErrorCode.CANCEL), ErrorCode.NO_ERROR);
    else this.destroy(streamError(ErrorCode.CANCEL));
  }

  /** Says good-bye, with the reason. */
  private endFor(error: Error, code: number): void {
    if (this.isClosed) return;
    this.fail(error);
    this.out.goaway(code);
    this.writer.finish();
  }

  private fail(error: Error): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.events.onEnding();
    for (const stream of [...this.out.open]) this.breakOff(stream, error, false);
    const pending = this.isConnected ? error : pendingStreamError(error);
    for (const stream of [...this.out.waiting]) this.breakOff(stream, pending, false);
  }
}
