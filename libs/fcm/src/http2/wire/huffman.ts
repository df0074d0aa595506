import { ConnectionError, ErrorCode } from './wire.errors';

/**
 * How many bits each byte takes, and the end mark after the last: https://www.rfc-editor.org/rfc/rfc7541#appendix-B. The
 * code is canonical (shorter codes first, then by value), so that the lengths are all there is to know of it.
 */
// prettier-ignore
const CODE_LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];
const END_MARK = 256;
/** Padding is the beginning of the end mark, which is all ones, and shorter than a byte. */
const MAX_PADDING_BITS = 7;

/**
 * The code as a tree: node `n` has its successors at `2n` (bit 0) and `2n + 1` (bit 1). A successor is the number of a
 * node, or a leaf: the complement of its byte. Read bit by bit: the fields that repeat are in the table, so that few are
 * spelled out.
 */
const TREE = growTree();

/** @throws {ConnectionError} for what no encoder writes */
export function decodeHuffman(bytes: Buffer): string {
  const text: number[] = [];
  let node = 0;
  let depth = 0;
  let padding = true;
  for (const byte of bytes) {
    for (let shift = 7; shift >= 0; shift -= 1) {
      const bit = (byte >>> shift) & 1;
      const next = TREE[node * 2 + bit] ?? 0;
      depth += 1;
      if (bit === 0) padding = false;
      if (next >= 0) {
        node = next;
        continue;
      }
      if (~next === END_MARK) throw spoilt();
      text.push(~next);
      node = 0;
      depth = 0;
      padding = true;
    }
  }
  if (!padding || depth > MAX_PADDING_BITS) throw spoilt();
  return Buffer.from(text).toString('latin1');
}

function growTree(): number[] {
  const tree = [0, 0];
  const symbols = CODE_LENGTHS.map((length, symbol) => ({ length, symbol }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  let code = 0;
  let before = 0;
  for (const { length, symbol } of symbols) {
    code <<= length - before;
    before = length;
    let node = 0;
    for (let shift = length - 1; shift > 0; shift -= 1) {
      const slot = node * 2 + ((code >>> shift) & 1);
      if (!tree[slot]) {
        tree[slot] = tree.length / 2;
        tree.push(0, 0);
      }
      node = tree[slot] ?? 0;
    }
    tree[node * 2 + (code & 1)] = ~symbol;
    code += 1;
  }
  return tree;
}

function spoilt(): ConnectionError {
  return new ConnectionError(ErrorCode.COMPRESSION_ERROR, 'a spoilt Huffman code');
}
