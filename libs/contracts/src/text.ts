import { hash } from 'node:crypto';

/**
 * A device token as it may be logged or answered: enough to recognise it, never enough to use it. In ASCII: one character
 * beyond Latin-1 makes V8 store every text it becomes part of with two bytes a character.
 */
export function maskToken(token: string): string {
  return token.length < 16 ? '...' : `${token.slice(0, 4)}...${token.slice(-4)}`;
}

/** Short stable fingerprint of a device token (96 bits, hex), to tell devices of one result apart. */
export function tokenFingerprint(token: string): string {
  return hash('sha256', token).slice(0, 24);
}

/** Text from any source, fit for an HTTP header: at most 256 characters, visible ASCII only. */
export function headerText(value: string): string {
  return value.slice(0, 256).replace(/[^\x21-\x7e]/g, '?');
}
