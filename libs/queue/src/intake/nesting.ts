const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether brackets are open more than so many levels deep, outside texts. Looks at bytes, which in UTF-8 are those of
 * an ASCII character nowhere else; needs no valid JSON, and no stack, which is what deep JSON exhausts later on.
 */
export function isNestedDeeperThan(levels: number, json: Buffer): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (inText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inText = false;
    } else if (byte === QUOTE) inText = true;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1; // [ {
      if (depth > levels) return true;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1; // ] }
  }
  return false;
}
