import type { InLine, Place } from '@push/resilience';
import type { AnswerFields } from './answer-fields';
import type { RequestHead } from './hpack-encoder';
import { ErrorCode, streamError } from './wire.errors';

/** Far more than any answer of FCM's. */
export const MAX_ANSWER_BYTES = 64 * 1024;
/** Pieces of an answer are joined when there are so many: each holds on to the bytes it came with. */
const MAX_PARTS = 64;

/** What came back on a stream. */
export interface StreamAnswer {
  status: number;
  retryAfter?: string;
  body: string;
}

/** Is told once how a stream ended, unless it was cancelled. */
export interface StreamListener {
  onAnswer(answer: StreamAnswer): void;
  /** @param neverActedOn the peer surely has done nothing with it: https://www.rfc-editor.org/rfc/rfc9113#section-8.7 */
  onBroken(error: Error, neverActedOn: boolean): void;
}

/** One request and its answer. */
export class Http2Stream implements InLine<Http2Stream> {
  /** 0 until it has begun. */
  id = 0;
  /** What the peer takes of this stream's body, in bytes; below 0 after it changed its mind. */
  window = 0;
  place?: Place<Http2Stream>;
  /** The part of the body that waits for the peer to take it. */
  unsent?: Buffer;

  private head?: AnswerFields;
  private size = 0;
  private parts: Buffer[] = [];
  private length = 0;

  constructor(
    readonly request: RequestHead,
    readonly body: string,
    readonly listener: StreamListener,
  ) {}

  /** The final status has come. */
  get answered(): boolean {
    return this.head !== undefined;
  }

  /** A header block: of an answer, an interim answer (which says nothing), or trailers. Returns what is wrong with it. */
  takeFields(fields: AnswerFields, end: boolean): Error | undefined {
    if (fields.tooLarge) return streamError(ErrorCode.ENHANCE_YOUR_CALM);
    const trailers = this.head !== undefined;
    const interim = fields.status >= 100 && fields.status < 200;
    if (
      fields.malformed ||
      trailers !== (fields.status === 0) ||
      fields.status === 101 ||
      (end ? interim : trailers)
    ) {
      return streamError(ErrorCode.PROTOCOL_ERROR);
    }
    if (!interim && !trailers) this.head = fields;
    return undefined;
  }

  /**
   * A DATA frame's worth. Returns what is wrong with it.
   * @param frameBytes with the padding: that is how a peer is kept from sending it for ever
   */
  takeData(data: Buffer, frameBytes: number): Error | undefined {
    if (this.head === undefined) return streamError(ErrorCode.PROTOCOL_ERROR);
    this.size += frameBytes;
    if (this.size > MAX_ANSWER_BYTES) {
      return new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    }
    if (data.length === 0) return undefined;
    this.length += data.length;
    if (this.parts.length === MAX_PARTS) this.parts = [Buffer.concat(this.parts)];
    this.parts.push(data);
    return undefined;
  }

  /** Whether the answer is as long as its head has said. */
  get complete(): boolean {
    const { contentLength = this.length } = this.head ?? {};
    return contentLength === this.length;
  }

  /** The answer as far as it has come. */
  answer(): StreamAnswer {
    const [first] = this.parts;
    const body = this.parts.length > 1 ? Buffer.concat(this.parts) : first;
    return {
      status: this.head?.status ?? 0,
      retryAfter: this.head?.retryAfter,
      body: body?.toString() ?? '',
    };
  }
}
