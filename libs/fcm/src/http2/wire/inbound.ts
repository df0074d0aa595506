import type { AnswerFields } from './answer-fields';
import { Flag, FrameType, MAX_STREAM_ID, MAX_WINDOW } from './frames';
import { FrameReader } from './frame-reader';
import { HeaderBlocks } from './header-blocks';
import type { Http2Stream } from './http2-stream';
import type { Outbound } from './outbound';
import { ConnectionError, ErrorCode, streamError } from './wire.errors';

/** What the peer may send before it has to wait for us; what comes is taken in at once, so it never does. */
export const CONNECTION_WINDOW = 1024 * 1024;

export interface InboundEvents {
  onSettings(): void;
  onPong(): void;
  onGoaway(lastStreamId: number, code: number): void;
  /** The answer is there, whole. */
  onEnd(stream: Http2Stream): void;
  /** The peer has reset it. */
  onReset(stream: Http2Stream, code: number): void;
  /** The peer does with it what it must not. */
  onWrong(stream: Http2Stream, error: Error, code: number): void;
}

/** What the peer sends on one connection. Throws {@link ConnectionError} where that is not HTTP/2. */
export class Inbound {
  private readonly reader = new FrameReader((...frame) => this.take(...frame));
  private readonly blocks = new HeaderBlocks((...block) => this.takeFields(...block));
  private greeted = false;
  /** Bytes of DATA that the peer has yet to be told it may send again. */
  private taken = 0;

  constructor(
    private readonly out: Outbound,
    private readonly events: InboundEvents,
  ) {}

  /** @throws {ConnectionError} */
  push(chunk: Buffer): void {
    this.reader.push(chunk);
  }

  private take(type: number, flags: number, id: number, payload: Buffer): void {
    if (!this.greeted && type !== FrameType.SETTINGS) throw wrong('no SETTINGS at the start');
    this.blocks.expect(type, id);
    switch (type) {
      case FrameType.DATA:
        this.takeData(flags, this.begun(id, type), payload);
        return;
      case FrameType.HEADERS:
        this.begun(id, type);
        this.blocks.begin(id, flags, withoutPriority(flags, withoutPadding(flags, payload)));
        return;
      case FrameType.CONTINUATION:
        this.blocks.continue(flags, payload);
        return;
      case FrameType.RST_STREAM: {
        const stream = this.begun(id, type);
        expectBytes(payload, 4);
        if (stream) this.events.onReset(stream, payload.readUInt32BE(0));
        return;
      }
      case FrameType.SETTINGS:
        this.takeSettings(flags, id, payload);
        return;
      case FrameType.PING:
        ofConnection(id, type);
        expectBytes(payload, 8);
        if (flags & Flag.ACK) this.events.onPong();
        else this.out.acknowledge(FrameType.PING, payload);
        return;
      case FrameType.GOAWAY:
        ofConnection(id, type);
        if (payload.length < 8) expectBytes(payload, 8);
        this.events.onGoaway(payload.readUInt32BE(0) & MAX_STREAM_ID, payload.readUInt32BE(4));
        return;
      case FrameType.WINDOW_UPDATE:
        this.takeWindow(id, payload);
        return;
      case FrameType.PUSH_PROMISE:
        throw wrong('PUSH_PROMISE, which was ruled out');
      default:
        // PRIORITY has no meaning any more; unknown ones are to be ignored.
        return;
    }
  }

  private takeSettings(flags: number, id: number, payload: Buffer): void {
    ofConnection(id, FrameType.SETTINGS);
    if (flags & Flag.ACK) {
      expectBytes(payload, 0);
      if (!this.greeted) throw wrong('an acknowledgement at the start');
      return;
    }
    this.greeted = true;
    this.out.takeSettings(payload);
    this.events.onSettings();
  }

  private takeWindow(id: number, payload: Buffer): void {
    const stream = id === 0 ? undefined : this.begun(id, FrameType.WINDOW_UPDATE);
    expectBytes(payload, 4);
    const bytes = payload.readUInt32BE(0) & MAX_WINDOW;
    if (id === 0) {
      if (bytes === 0) throw wrong('WINDOW_UPDATE of nothing');
      this.out.openWindow(bytes);
      return;
    }
    if (stream === undefined) return;
    stream.window += bytes;
    if (bytes === 0) this.wrong(stream, ErrorCode.PROTOCOL_ERROR);
    else if (stream.window > MAX_WINDOW) this.wrong(stream, ErrorCode.FLOW_CONTROL_ERROR);
  }

  /** Of a stream that is over, it still has used the window of the connection. */
  private takeData(flags: number, stream: Http2Stream | undefined, payload: Buffer): void {
    this.taken += payload.length;
    if (this.taken > CONNECTION_WINDOW / 2) {
      this.out.windowUpdate(this.taken);
      this.taken = 0;
    }
    const data = withoutPadding(flags, payload);
    if (stream === undefined) return;
    const error = stream.takeData(data, payload.length);
    if (error) this.events.onWrong(stream, error, ErrorCode.CANCEL);
    else if (flags & Flag.END_STREAM) this.end(stream);
  }

  private takeFields(id: number, fields: AnswerFields, endsStream: boolean): void {
    const stream = this.out.open.get(id);
    if (stream === undefined) return;
    const error = stream.takeFields(fields, endsStream);
    if (error) this.events.onWrong(stream, error, ErrorCode.PROTOCOL_ERROR);
    else if (endsStream) this.end(stream);
  }

  private end(stream: Http2Stream): void {
    if (stream.complete) this.events.onEnd(stream);
    else this.wrong(stream, ErrorCode.PROTOCOL_ERROR);
  }

  private wrong(stream: Http2Stream, code: number): void {
    this.events.onWrong(stream, streamError(code), code);
  }

  /** @returns undefined for a stream that is over: what the peer sent before it knew, or had to say of it, is let be */
  private begun(id: number, type: number): Http2Stream | undefined {
    if (!this.out.hasBegun(id)) throw wrong(`a frame of type ${type} on stream ${id}`);
    return this.out.open.get(id);
  }
}

function withoutPadding(flags: number, payload: Buffer): Buffer {
  if (!(flags & Flag.PADDED)) return payload;
  const [padding] = payload;
  if (padding === undefined || padding >= payload.length) throw wrong('more padding than frame');
  return payload.subarray(1, payload.length - padding);
}

function withoutPriority(flags: number, payload: Buffer): Buffer {
  if (!(flags & Flag.PRIORITY)) return payload;
  if (payload.length < 5) expectBytes(payload, 5);
  return payload.subarray(5);
}

function ofConnection(id: number, type: number): void {
  if (id !== 0) throw wrong(`a frame of type ${type} on stream ${id}`);
}

function expectBytes(payload: Buffer, bytes: number): void {
  if (payload.length === bytes) return;
  throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${payload.length} bytes`);
}

function wrong(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.PROTOCOL_ERROR, what);
}
