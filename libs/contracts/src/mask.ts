import { hash } from 'node:crypto';

/**
 * A device token as it may be logged or answered: enough to recognise it, never enough to use it. In ASCII: with one
 * character beyond Latin-1 in it, V8 takes two bytes for each character of every text that it goes into.
 */
export function maskToken(token: string): string {
  return token.length < 16 ? '...' : `${token.slice(0, 4)}...${token.slice(-4)}`;
}

/** Short stable fingerprint of a device token (96 bits, hex), to tell devices of one result apart. */
export function tokenFingerprint(token: string): string {
  return hash('sha256', token).slice(0, 24);
}
