import { maskToken, type DecodedDeadLetter } from '@push/contracts';

/** Fields that hold device tokens, in our contract and in those of others, and what else is nobody's to see. */
const SECRET = /token|recipient|^to$|registration_?ids?|authorization|api[-_]?key|password|secret/i;
/** Deeper than this nothing is shown. */
const MAX_LEVELS = 100;
/** What may be a token in text that has no fields. */
const LONG_WORD = /[\w:.\-+/=%~]{16,}/g;
/** Longer than any id that an error has a reason to name. */
const VERY_LONG_WORD = /[\w:.\-+/=%~]{41,}/g;

/** A copy of any JSON with the tokens masked, wherever they stand. */
export function maskTokens(value: unknown, secret = false, level = 0): unknown {
  if (typeof value === 'string') return secret ? maskToken(value) : maskVeryLong(value);
  if (typeof value === 'number') return secret ? '...' : value;
  if (typeof value !== 'object' || value === null) return value;
  if (level > MAX_LEVELS) return '...';
  if (Array.isArray(value)) return value.map((item) => maskTokens(item, secret, level + 1));
  const masked = Object.entries(value).map(([name, field]) => [
    maskVeryLong(name),
    maskTokens(field, secret || SECRET.test(name), level + 1),
  ]);
  return Object.fromEntries(masked);
}

/** Text that has no fields: whatever is as long as a token is masked. */
export function maskLongWords(text: string): string {
  return text.replace(LONG_WORD, maskToken);
}

/** The sentence of a letter's error: written by us without tokens, by others with whatever they like. */
export function withoutTokens({ error }: DecodedDeadLetter): string {
  return maskVeryLong(error);
}

function maskVeryLong(text: string): string {
  return text.replace(VERY_LONG_WORD, (word) => (isLink(word) ? word : maskToken(word)));
}

function isLink(word: string): boolean {
  return /^https?:\/\//.test(word);
}
