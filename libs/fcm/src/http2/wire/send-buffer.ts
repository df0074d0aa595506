import { FRAME_HEADER_BYTES, writeFrameHeader } from './frames';

/** So much that a turn's requests fit: 64 kB cost a request 1 us more, for more writes and garbage. */
const SLAB_BYTES = 256 * 1024;

/**
 * Frames that are to leave together, one behind the other in one piece of memory, which is not written to again once it
 * was taken.
 */
export class SendBuffer {
  private slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  private start = 0;
  private end = 0;
  private full: Buffer[] = [];
  private fullBytes = 0;

  /** Bytes that wait to be taken. */
  get size(): number {
    return this.fullBytes + this.end - this.start;
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.reserve(FRAME_HEADER_BYTES + payload.length);
    writeFrameHeader(this.slab, this.end, payload.length, type, flags, streamId);
    this.bytes(payload, FRAME_HEADER_BYTES);
  }

  /** A frame with a text for its payload, of `maxBytes` at most. Returns how many bytes it was. */
  textFrame(
    type: number,
    flags: number,
    streamId: number,
    payload: string,
    maxBytes: number,
  ): number {
    this.reserve(FRAME_HEADER_BYTES + maxBytes);
    const length = this.slab.write(payload, this.end + FRAME_HEADER_BYTES);
    writeFrameHeader(this.slab, this.end, length, type, flags, streamId);
    this.end += FRAME_HEADER_BYTES + length;
    return length;
  }

  /** Bytes as they are, `offset` behind the last ones. */
  bytes(bytes: Buffer, offset = 0): void {
    this.reserve(offset + bytes.length);
    this.slab.set(bytes, this.end + offset);
    this.end += offset + bytes.length;
  }

  /** All that has been written since it was last asked. */
  take(): Buffer[] {
    this.cut();
    const taken = this.full;
    this.full = [];
    this.fullBytes = 0;
    return taken;
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.slab.length) return;
    this.cut();
    this.slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.start = this.end = 0;
  }

  private cut(): void {
    if (this.end === this.start) return;
    this.full.push(this.slab.subarray(this.start, this.end));
    this.fullBytes += this.end - this.start;
    this.start = this.end;
  }
}
