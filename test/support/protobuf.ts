/** The fields of one protobuf message, by number: numbers as they are, everything with a length as bytes. */
export type Fields = Map<number, (bigint | Buffer)[]>;

/** Decodes a protobuf message, as far as OTLP needs it. @throws where it is not one */
export function decode(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('A protobuf message ends too early');
    return bytes.subarray(at, (at += length));
  };
  while (at < bytes.length) {
    const key = Number(varint());
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value(key & 7)]);
  }
  return fields;

  function value(type: number): bigint | Buffer {
    switch (type) {
      case 0:
        return varint();
      case 1:
        return take(8).readBigUInt64LE();
      case 2:
        return take(Number(varint()));
      case 5:
        return BigInt(take(4).readUInt32LE());
      default:
        throw new Error(`Protobuf has no wire type ${type}`);
    }
  }
}

/** The messages, or bytes, of a field. */
export function parts(fields: Fields, field: number): Buffer[] {
  return (fields.get(field) ?? []).filter((value) => typeof value !== 'bigint');
}

export function textOf(fields: Fields, field: number): string {
  return parts(fields, field).at(-1)?.toString() ?? '';
}

export function numberOf(fields: Fields, field: number): number {
  const value = fields.get(field)?.at(-1);
  return typeof value === 'bigint' ? Number(value) : 0;
}
