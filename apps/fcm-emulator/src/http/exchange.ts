import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** One request and the ways to end it, the same over HTTP/1.1 and HTTP/2. RecordedOutcome it twice, or after the client left, does nothing. */
export interface Exchange {
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, still to be read. */
  readonly body: Readable;
  reply(status: number, headers: OutgoingHttpHeaders, body: string): void;
  /** Answers with what a stream brings. */
  replyWith(status: number, headers: OutgoingHttpHeaders, source: Readable): void;
  /** Cuts this exchange alone, without an answer: RST_STREAM, or the connection over HTTP/1.1. */
  reset(): void;
  /** Cuts the whole connection, with everything else on it. */
  cut(): void;
  /** Lets the connection end after what is under way on it: GOAWAY, or `Connection: close`. Call it before `reply`. */
  retire(): void;
}

/** Reads a body of at most `maxBytes`; undefined if it is longer. Never called back if the client cuts it short. */
export function readBody(
  body: Readable,
  maxBytes: number,
  done: (body: Buffer | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  body.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else if (size - chunk.length <= maxBytes) {
      chunks.length = 0;
      done(undefined);
    }
  });
  body.on('end', () => {
    if (size <= maxBytes) done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
}
