import { Line } from '@push/resilience';
import {
  DEFAULT_WINDOW,
  Flag,
  FrameType,
  MAX_STREAM_ID,
  MAX_WINDOW,
  PREFACE,
  words,
} from './frames';
import { HpackEncoder } from './hpack-encoder';
import type { Http2Stream } from './http2-stream';
import { OpenStreams } from './open-streams';
import { PeerSettings } from './peer-settings';
import { SendBuffer } from './send-buffer';
import { ConnectionError, ErrorCode } from './wire.errors';

/** Most bytes that one UTF-16 code unit becomes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
/** Answers to PING and SETTINGS that the peer makes us keep by not reading them. */
const MAX_CONTROL_BYTES = 64 * 1024;
const MAX_TEXT_BYTES = 8 * 1024;
const NOTHING = Buffer.alloc(0);

/** What we send on one connection: requests as fast as the peer takes them, and the frames that keep it going. */
export class Outbound {
  readonly open = new OpenStreams();
  /** Streams that have yet to begin. */
  readonly waiting = new Line<Http2Stream>();
  readonly peer = new PeerSettings();

  private readonly buffer = new SendBuffer();
  private readonly encoder = new HpackEncoder();
  /** Open streams with a body that the peer has no room for. */
  private readonly stalled = new Set<Http2Stream>();
  private window = DEFAULT_WINDOW;

  /** @param nextId of the first stream; a test begins at the end */
  constructor(private nextId = 1) {}

  /** Whether there are ids left for streams. */
  get hasIds(): boolean {
    return this.nextId + 2 * this.waiting.size < MAX_STREAM_ID;
  }

  /** Whether there is anything to send, should the windows allow it. */
  get hasSomething(): boolean {
    return this.buffer.size > 0 || this.stalled.size > 0 || this.waiting.size > 0;
  }

  /** Whether the stream with this id has ever begun. */
  hasBegun(id: number): boolean {
    return id % 2 === 1 && id < this.nextId;
  }

  preface(settings: Buffer, window: number): void {
    this.buffer.bytes(PREFACE);
    this.buffer.frame(FrameType.SETTINGS, 0, 0, settings);
    this.windowUpdate(window - DEFAULT_WINDOW);
  }

  windowUpdate(bytes: number): void {
    this.buffer.frame(FrameType.WINDOW_UPDATE, 0, 0, words(bytes));
  }

  ping(): void {
    this.buffer.frame(FrameType.PING, 0, 0, words(0, 0));
  }

  /** @throws {ConnectionError} when the peer asks for more than it reads */
  acknowledge(type: number, payload: Buffer = NOTHING): void {
    if (this.buffer.size > MAX_CONTROL_BYTES) {
      throw new ConnectionError(
        ErrorCode.ENHANCE_YOUR_CALM,
        'more PING and SETTINGS than it reads',
      );
    }
    this.buffer.frame(type, Flag.ACK, 0, payload);
  }

  goaway(code: number): void {
    this.buffer.frame(FrameType.GOAWAY, 0, 0, words(0, code));
  }

  /** Forgets a stream. One that the peer knows of and takes for open is reset with `code`. */
  drop(stream: Http2Stream, code?: number): void {
    this.waiting.delete(stream);
    this.stalled.delete(stream);
    if (!this.open.delete(stream.id) || code === undefined) return;
    this.buffer.frame(FrameType.RST_STREAM, 0, stream.id, words(code));
  }

  /** Begins the streams that wait, as many as the peer takes, and sends what fits its windows of bodies. */
  fill(): void {
    if (this.window > 0) for (const stream of this.stalled) this.send(stream);
    while (this.open.size < this.peer.maxStreams) {
      const stream = this.waiting.first;
      if (stream === undefined) return;
      this.waiting.delete(stream);
      this.begin(stream);
    }
  }

  take(): Buffer[] {
    return this.buffer.take();
  }

  /** @throws {ConnectionError} for what may not be set, or would overflow a window */
  takeSettings(payload: Buffer): void {
    const before = this.peer.initialWindow;
    this.peer.take(payload);
    this.encoder.limitTable(this.peer.headerTableBytes);
    const change = this.peer.initialWindow - before;
    if (change !== 0) for (const stream of this.open) stream.window += change;
    for (const { window } of this.open) if (window > MAX_WINDOW) throw overflow();
    this.acknowledge(FrameType.SETTINGS);
  }

  /** @throws {ConnectionError} when the window of the connection overflows */
  openWindow(bytes: number): void {
    this.window += bytes;
    if (this.window > MAX_WINDOW) throw overflow();
  }

  private begin(stream: Http2Stream): void {
    stream.id = this.nextId;
    this.nextId += 2;
    stream.window = this.peer.initialWindow;
    this.open.add(stream);
    this.sendHead(stream);
    const { body } = stream;
    const most = body.length * MAX_BYTES_PER_UNIT;
    // Nearly always there is room for all of it, however many bytes it turns out to be.
    if (most <= Math.min(this.window, stream.window, this.peer.maxFrameBytes, MAX_TEXT_BYTES)) {
      const { DATA } = FrameType;
      const sent = this.buffer.textFrame(DATA, Flag.END_STREAM, stream.id, body, most);
      this.window -= sent;
      stream.window -= sent;
    } else {
      stream.unsent = Buffer.from(body);
      this.stalled.add(stream);
      this.send(stream);
    }
  }

  private sendHead({ id, request }: Http2Stream): void {
    const block = this.encoder.encode(request);
    const most = this.peer.maxFrameBytes;
    for (let at = 0; at === 0 || at < block.length; at += most) {
      const last = at + most >= block.length ? Flag.END_HEADERS : 0;
      const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
      this.buffer.frame(type, last, id, last && at === 0 ? block : block.subarray(at, at + most));
    }
  }

  private send(stream: Http2Stream): void {
    while (stream.unsent !== undefined) {
      const { length } = stream.unsent;
      const size = Math.min(length, this.window, stream.window, this.peer.maxFrameBytes);
      if (size <= 0 && length > 0) return;
      const last = size === length;
      const part = stream.unsent.subarray(0, size);
      this.buffer.frame(FrameType.DATA, last ? Flag.END_STREAM : 0, stream.id, part);
      this.window -= size;
      stream.window -= size;
      stream.unsent = last ? undefined : stream.unsent.subarray(size);
    }
    this.stalled.delete(stream);
  }
}

function overflow(): ConnectionError {
  return new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'a window that overflows');
}
