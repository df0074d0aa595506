import { AnswerFields, MAX_HEADER_LIST_BYTES } from './answer-fields';
import { Flag, FrameType } from './frames';
import { HpackDecoder } from './hpack-decoder';
import { ConnectionError, ErrorCode } from './wire.errors';

/** A block of the largest header list we take needs five, and none of them need be empty. */
const MAX_CONTINUATIONS = 32;

/** A header block, whole and read. */
export type OnBlock = (streamId: number, fields: AnswerFields, endsStream: boolean) => void;

/** Puts header blocks together: https://www.rfc-editor.org/rfc/rfc9113#section-4.3 */
export class HeaderBlocks {
  private readonly decoder = new HpackDecoder();
  private open?: { streamId: number; endsStream: boolean; parts: Buffer[]; bytes: number };

  constructor(private readonly onBlock: OnBlock) {}

  /** @throws {ConnectionError} when something comes in the middle of a block */
  expect(type: number, streamId: number): void {
    const inside = type === FrameType.CONTINUATION;
    if (inside !== (this.open !== undefined) || (inside && streamId !== this.open?.streamId)) {
      throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'a header block that is interrupted');
    }
  }

  /** The beginning, without padding and priority. */
  begin(streamId: number, flags: number, block: Buffer): void {
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if (flags & Flag.END_HEADERS) this.read(streamId, block, endsStream);
    else this.open = { streamId, endsStream, parts: [block], bytes: block.length };
  }

  /** @throws {ConnectionError} for a block without end: https://www.kb.cert.org/vuls/id/421644 */
  continue(flags: number, block: Buffer): void {
    const { open } = this;
    if (open === undefined) return;
    open.parts.push(block);
    open.bytes += block.length;
    if (open.bytes > MAX_HEADER_LIST_BYTES * 2 || open.parts.length > MAX_CONTINUATIONS) {
      throw new ConnectionError(ErrorCode.ENHANCE_YOUR_CALM, 'a header block without end');
    }
    if (!(flags & Flag.END_HEADERS)) return;
    this.open = undefined;
    this.read(open.streamId, Buffer.concat(open.parts), open.endsStream);
  }

  private read(streamId: number, block: Buffer, endsStream: boolean): void {
    const fields = new AnswerFields();
    this.decoder.decode(block, fields.add);
    this.onBlock(streamId, fields, endsStream);
  }
}
