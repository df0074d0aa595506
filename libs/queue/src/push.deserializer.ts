import { isUtf8 } from 'node:buffer';
import type { Deserializer, IncomingEvent } from '@nestjs/microservices';
import { PUSH_PATTERN } from './push-context';

/** The body of a message: its JSON, or a sentence on why it has none. Validated further by its schema. */
export type MessageBody =
  { ok: true; value: unknown } | { ok: false; problem: string; raw: Buffer };

/** JSON.parse accepts more, but whatever processes the value later may not, such as JSON.stringify. */
const MAX_LEVELS = 100;

const ENVELOPE_FIELDS = new Set(['pattern', 'data', 'id']);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads a body as JSON, whatever its content type, and takes it out of Nest's envelope if it has one. Never throws. */
export class PushDeserializer implements Deserializer<unknown, IncomingEvent> {
  constructor(private readonly maxBytes: number) {}

  /** Nest's part: every message has the one pattern; without it, Nest would drop a message with no envelope. */
  deserialize(parsed: unknown): IncomingEvent {
    return { pattern: PUSH_PATTERN, data: parsed };
  }

  /**
   * Reads the body of a message.
   * @param parsed Nest's attempt at parsing it, which is the text where that failed
   */
  read(raw: Buffer, parsed?: unknown): MessageBody {
    if (this.isTooLarge(raw)) {
      return refuse(raw, `The body has ${raw.length} bytes; at most ${this.maxBytes} are accepted`);
    }
    if (raw.length === 0) return refuse(raw, 'The body is empty; send a JSON object');
    if (!isUtf8(raw)) return refuse(raw, 'The body is not valid UTF-8; send JSON in UTF-8');
    // JSON that deep has a closing bracket for each opening one.
    if (raw.length > 2 * MAX_LEVELS && isNestedDeeperThan(MAX_LEVELS, raw)) {
      return refuse(
        raw,
        `The JSON is nested more than ${MAX_LEVELS} levels deep; send a flatter object`,
      );
    }
    if (typeof parsed === 'object' && parsed !== null) return { ok: true, value: unwrap(parsed) };
    try {
      return { ok: true, value: unwrap(JSON.parse(withoutByteOrderMark(raw.toString()))) };
    } catch (error) {
      return refuse(raw, `The body is not valid JSON${position(error)}; send a JSON object`);
    }
  }

  /** Whether it is refused without being parsed. */
  isTooLarge(raw: Buffer): boolean {
    return raw.length > this.maxBytes;
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

/** Where the parser stopped. Its message is not used as it is: it quotes the body, which may contain tokens. */
function position(error: unknown): string {
  const found = /at position (\d+)/.exec(error instanceof Error ? error.message : '');
  return found ? ` (character ${found[1] ?? ''})` : '';
}

/**
 * Whether brackets outside of strings are nested deeper than so many levels. Works on bytes, of which UTF-8 uses those
 * of ASCII characters for nothing else; needs no valid JSON and no stack, which deep JSON would exhaust.
 */
function isNestedDeeperThan(levels: number, json: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index++) {
    const byte = json[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1; // [ {
      if (depth > levels) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1; // ] }
  }
  return false;
}
