import type { HeaderField } from './hpack-static-table';

/** What an entry counts for beside its text: https://www.rfc-editor.org/rfc/rfc7541#section-4.1 */
const ENTRY_OVERHEAD = 32;

/** Size of a table until it is told otherwise, and the most that either side of ours has. */
export const MAX_TABLE_BYTES = 4096;

/** The size of a field as HPACK and SETTINGS_MAX_HEADER_LIST_SIZE count it. Texts are Latin-1: a character is a byte. */
export function sizeOf([name, value]: HeaderField): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}

/** The fields that encoder and decoder of one direction both remember: https://www.rfc-editor.org/rfc/rfc7541#section-2.3.2 */
export class DynamicTable {
  /** Oldest first. */
  private readonly entries: HeaderField[] = [];
  private size = 0;
  private max = MAX_TABLE_BYTES;

  get length(): number {
    return this.entries.length;
  }

  /** @param index 0 is the newest */
  get(index: number): HeaderField | undefined {
    return this.entries[this.entries.length - 1 - index];
  }

  /** A field that does not fit even the empty table empties it, as the RFC has it. */
  add(field: HeaderField): void {
    const size = sizeOf(field);
    this.evict(this.max - size);
    if (size > this.max) return;
    this.entries.push(field);
    this.size += size;
  }

  resize(max: number): void {
    this.max = max;
    this.evict(max);
  }

  private evict(most: number): void {
    while (this.size > most) {
      const oldest = this.entries.shift();
      if (oldest === undefined) return;
      this.size -= sizeOf(oldest);
    }
  }
}
