import { decodeHuffman } from './huffman';
import { DynamicTable, MAX_TABLE_BYTES } from './hpack-dynamic-table';
import { STATIC_TABLE, type HeaderField } from './hpack-static-table';
import { ConnectionError, ErrorCode } from './wire.errors';

/** No number in HPACK means anything beyond this: no block of ours is as long. */
const MAX_INTEGER = 2 ** 24;

/** Reads header blocks: https://www.rfc-editor.org/rfc/rfc7541. Every block has to come by, or the table is out of step. */
export class HpackDecoder {
  private readonly table = new DynamicTable();
  private block: Buffer = Buffer.alloc(0);
  private at = 0;

  /** @throws {ConnectionError} COMPRESSION_ERROR: nothing on the connection can be read any more */
  decode(block: Buffer, onField: (field: HeaderField) => void): void {
    this.block = block;
    this.at = 0;
    let fields = 0;
    while (this.at < block.length) {
      const byte = this.byte();
      if (byte >= 0x80) {
        onField(this.field(this.integer(byte, 7)));
      } else if (byte >= 0x40) {
        const field = this.literal(byte, 6);
        this.table.add(field);
        onField(field);
      } else if (byte >= 0x20) {
        if (fields > 0) throw spoilt('a change of the table between fields');
        this.resize(this.integer(byte, 5));
        continue;
      } else {
        // Without indexing, or never to be indexed: the same to a reader.
        onField(this.literal(byte, 4));
      }
      fields += 1;
    }
  }

  private resize(max: number): void {
    if (max > MAX_TABLE_BYTES) throw spoilt('a table larger than allowed');
    this.table.resize(max);
  }

  private literal(byte: number, prefix: number): HeaderField {
    const index = this.integer(byte, prefix);
    const name = index === 0 ? this.text() : this.field(index)[0];
    return [name, this.text()];
  }

  private field(index: number): HeaderField {
    const field =
      index <= STATIC_TABLE.length
        ? STATIC_TABLE[index - 1]
        : this.table.get(index - STATIC_TABLE.length - 1);
    if (field === undefined) throw spoilt('an index that stands for nothing');
    return field;
  }

  private text(): string {
    const byte = this.byte();
    const length = this.integer(byte, 7);
    const from = this.at;
    const to = from + length;
    if (to > this.block.length) throw spoilt('a text that is cut off');
    this.at = to;
    return byte >= 0x80
      ? decodeHuffman(this.block.subarray(from, to))
      : this.block.toString('latin1', from, to);
  }

  /** https://www.rfc-editor.org/rfc/rfc7541#section-5.1 */
  private integer(first: number, prefix: number): number {
    const mask = (1 << prefix) - 1;
    let value = first & mask;
    if (value < mask) return value;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (value > MAX_INTEGER || factor > MAX_INTEGER) throw spoilt('a number out of bounds');
      if (byte < 0x80) return value;
    }
  }

  private byte(): number {
    const byte = this.block[this.at];
    if (byte === undefined) throw spoilt('a block that is cut off');
    this.at += 1;
    return byte;
  }
}

function spoilt(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.COMPRESSION_ERROR, `a header block with ${what}`);
}
