import { DEFAULT_MAX_FRAME_BYTES, FRAME_HEADER_BYTES, MAX_STREAM_ID } from './frames';
import { ConnectionError, ErrorCode } from './wire.errors';

/** Takes one frame. The payload is good for as long as the bytes it came with, which nobody writes to. */
export type OnFrame = (type: number, flags: number, streamId: number, payload: Buffer) => void;

/** Cuts what arrives into frames, however it is cut up on the way. */
export class FrameReader {
  private rest?: Buffer;

  constructor(private readonly onFrame: OnFrame) {}

  /** @throws {ConnectionError} for a frame larger than we take, and whatever `onFrame` throws */
  push(chunk: Buffer): void {
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    this.rest = undefined;
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const length = bytes.readUIntBE(at, 3);
      if (length > DEFAULT_MAX_FRAME_BYTES) {
        throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, `a frame of ${length} bytes`);
      }
      const start = at + FRAME_HEADER_BYTES;
      const end = start + length;
      if (end > bytes.length) break;
      this.onFrame(
        bytes.readUInt8(at + 3),
        bytes.readUInt8(at + 4),
        bytes.readUInt32BE(at + 5) & MAX_STREAM_ID,
        bytes.subarray(start, end),
      );
      at = end;
    }
    if (at < bytes.length) this.rest = bytes.subarray(at);
  }
}
