import { DynamicTable, MAX_TABLE_BYTES, sizeOf } from './hpack-dynamic-table';
import { STATIC_TABLE, type HeaderField } from './hpack-static-table';

/** The header fields of requests. One that is used again, the same object, costs no encoding. */
export type RequestHead = readonly HeaderField[];

const INDEXED = 0x80;
const ADDED_TO_TABLE = 0x40;
const TABLE_SIZE = 0x20;
/** Kept out of the table, though a hop on the way may add it to its own. */
const NOT_ADDED = 0x00;

/**
 * Writes header blocks: https://www.rfc-editor.org/rfc/rfc7541. All requests have the same fields, so all go to the
 * table, the access token too: a block is some ten bytes then. (The RFC's advice to keep secrets out of the table,
 * section 7.1, is for connections on which others have requests of their own, and could guess; here all are ours.)
 */
export class HpackEncoder {
  private readonly table = new DynamicTable();
  private tableBytes = MAX_TABLE_BYTES;
  /** Sizes that the table has had since the last block. */
  private resized: number[] = [];
  private known?: { head: RequestHead; block: Buffer };

  /** SETTINGS_HEADER_TABLE_SIZE of the peer. */
  limitTable(bytes: number): void {
    const size = Math.min(bytes, MAX_TABLE_BYTES);
    if (size === this.tableBytes) return;
    this.tableBytes = size;
    this.table.resize(size);
    this.known = undefined;
    // The smallest is told as well as the last: https://www.rfc-editor.org/rfc/rfc7541#section-4.2
    const smallest = Math.min(size, ...this.resized);
    this.resized = smallest < size ? [smallest, size] : [size];
  }

  /** Each block counts, in this order, for the peer's table too: it has to be sent. */
  encode(head: RequestHead): Buffer {
    if (this.known?.head === head) return this.known.block;
    const parts = this.resized.map((size) => integer(size, 5, TABLE_SIZE));
    let changed = this.resized.length > 0;
    this.resized = [];
    for (const field of head) {
      const index = this.indexOf(field, true);
      if (index > 0) {
        parts.push(integer(index, 7, INDEXED));
        continue;
      }
      const fits = sizeOf(field) <= this.tableBytes;
      const name = this.indexOf(field, false);
      parts.push(fits ? integer(name, 6, ADDED_TO_TABLE) : integer(name, 4, NOT_ADDED));
      if (name === 0) parts.push(text(field[0]));
      parts.push(text(field[1]));
      if (!fits) continue;
      this.table.add(field);
      changed = true;
    }
    const block = Buffer.concat(parts);
    // What was added is known to the next block by its index.
    this.known = changed ? undefined : { head, block };
    return block;
  }

  private indexOf([name, value]: HeaderField, whole: boolean): number {
    const same = (field?: HeaderField): boolean =>
      field?.[0] === name && (!whole || field[1] === value);
    const index = STATIC_TABLE.findIndex(same);
    if (index >= 0) return index + 1;
    for (let age = 0; age < this.table.length; age += 1) {
      if (same(this.table.get(age))) return STATIC_TABLE.length + 1 + age;
    }
    return 0;
  }
}

/** https://www.rfc-editor.org/rfc/rfc7541#section-5.1 */
function integer(value: number, prefix: number, pattern: number): Buffer {
  const mask = (1 << prefix) - 1;
  if (value < mask) return Buffer.of(pattern | value);
  const bytes = [pattern | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function text(value: string): Buffer {
  return Buffer.concat([integer(value.length, 7, 0), Buffer.from(value, 'latin1')]);
}
