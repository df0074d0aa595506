/** https://www.rfc-editor.org/rfc/rfc9113#section-6 */
export const FrameType = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
} as const;

export const Flag = {
  ACK: 0x1,
  END_STREAM: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

export const FRAME_HEADER_BYTES = 9;
/** Largest frame that may be sent unless the receiver has said otherwise; we never do. */
export const DEFAULT_MAX_FRAME_BYTES = 16_384;
/** Of a connection, and of each stream, at first. */
export const DEFAULT_WINDOW = 65_535;
export const MAX_WINDOW = 2 ** 31 - 1;
export const MAX_STREAM_ID = 2 ** 31 - 1;

/** What a client says first: https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Writes the nine bytes before a frame's payload. */
export function writeFrameHeader(
  bytes: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  streamId: number,
): void {
  bytes.writeUIntBE(length, at, 3);
  bytes.writeUInt8(type, at + 3);
  bytes.writeUInt8(flags, at + 4);
  bytes.writeUInt32BE(streamId, at + 5);
}

/** 32-bit numbers, one after the other. */
export function words(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
  return bytes;
}
