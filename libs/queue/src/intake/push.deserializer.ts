import { isUtf8 } from 'node:buffer';
import { isNestedDeeperThan } from './nesting';

/** The body of a message: its JSON, or a sentence on why it has none. Validated further by its schema. */
export type MessageBody =
  { ok: true; value: unknown } | { ok: false; problem: string; raw: Buffer };

/** What JSON.parse still reads may be too deep for whatever walks it later, such as JSON.stringify. */
const MAX_LEVELS = 100;

const ENVELOPE_FIELDS = new Set(['pattern', 'data', 'id']);

/** Reads a body as JSON, whatever content type it claims, out of Nest's envelope where it comes in one. Never throws. */
export class PushDeserializer {
  constructor(private readonly maxBytes: number) {}

  deserialize(raw: Buffer): MessageBody {
    if (raw.length > this.maxBytes) {
      return refuse(raw, `The body has ${raw.length} bytes; at most ${this.maxBytes} are taken`);
    }
    if (raw.length === 0) return refuse(raw, 'The body is empty; send a JSON object');
    if (!isUtf8(raw)) return refuse(raw, 'The body is not valid UTF-8; send JSON in UTF-8');
    // A body as short as this closes too few brackets to be JSON that deep.
    if (raw.length > 2 * MAX_LEVELS && isNestedDeeperThan(MAX_LEVELS, raw)) {
      return refuse(
        raw,
        `The JSON is nested more than ${MAX_LEVELS} levels deep; send a flatter object`,
      );
    }
    try {
      return { ok: true, value: unwrap(JSON.parse(withoutByteOrderMark(raw.toString()))) };
    } catch (error) {
      return refuse(raw, `The body is not valid JSON${position(error)}; send a JSON object`);
    }
  }
}

function refuse(raw: Buffer, problem: string): MessageBody {
  return { ok: false, problem, raw };
}

/** Nest's clients send `{ pattern, data }`, and `id` with it where they expect an answer. */
function unwrap(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if (!('pattern' in value) || !('data' in value)) return value;
  return Object.keys(value).every((key) => ENVELOPE_FIELDS.has(key)) ? value.data : value;
}

function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Where the parser stopped. Its message is not used as it is: it quotes the body, which may hold tokens. */
function position(error: unknown): string {
  const found = /at position (\d+)/.exec(error instanceof Error ? error.message : '');
  return found ? ` (character ${found[1] ?? ''})` : '';
}
