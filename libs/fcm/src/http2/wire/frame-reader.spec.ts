import { FrameReader } from './frame-reader';
import { SendBuffer } from './send-buffer';

const FRAMES: [type: number, flags: number, streamId: number, payload: string][] = [
  [0, 1, 1, 'hello'],
  [4, 0, 0, ''],
  [1, 5, 2 ** 31 - 1, 'x'.repeat(300)],
  [99, 255, 3, 'y'],
];

function written(): Buffer {
  const buffer = new SendBuffer();
  for (const [type, flags, id, payload] of FRAMES) {
    buffer.frame(type, flags, id, Buffer.from(payload));
  }
  return Buffer.concat(buffer.take());
}

function readIn(pieces: Buffer[]): unknown[] {
  const frames: unknown[] = [];
  const reader = new FrameReader((type, flags, id, payload) =>
    frames.push([type, flags, id, payload.toString()]),
  );
  for (const piece of pieces) reader.push(piece);
  return frames;
}

describe('FrameReader', () => {
  it('reads frames cut in two at any byte', () => {
    const bytes = written();
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(readIn([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(FRAMES);
    }
  });

  it('reads frames that come byte by byte', () => {
    expect(readIn([...written()].map((byte) => Buffer.of(byte)))).toEqual(FRAMES);
  });

  it('leaves out the reserved bit of the stream id', () => {
    expect(readIn([Buffer.of(0, 0, 0, 6, 0, 0x80, 0, 0, 7)])).toEqual([[6, 0, 7, '']]);
  });

  it('takes 16,384 bytes and not one more, by the header alone', () => {
    expect(readIn([Buffer.of(0, 0x40, 0, 0, 0, 0, 0, 0, 1), Buffer.alloc(16_384)])).toHaveLength(1);
    expect(() => readIn([Buffer.of(0, 0x40, 1, 0, 0, 0, 0, 0, 1)])).toThrow(
      expect.objectContaining({ code: 6 }),
    );
  });
});

describe('SendBuffer', () => {
  it('keeps frames in their order and whole, across as much memory as they need', () => {
    const buffer = new SendBuffer();
    const sizes = [10, 200_000, 100_000, 16_384, 300_000, 1, 0];
    for (const size of sizes) buffer.frame(0, 0, 1, Buffer.alloc(size, size % 251));
    expect(buffer.textFrame(0, 1, 3, 'é漢😀', 15)).toBe(9);
    expect(buffer.size).toBe(sizes.reduce((sum, size) => sum + size + 9, 18));
    const bytes = Buffer.concat(buffer.take());
    let at = 0;
    for (const size of sizes) {
      expect(bytes.readUIntBE(at, 3)).toBe(size);
      expect(bytes.subarray(at + 9, at + 9 + size).every((byte) => byte === size % 251)).toBe(true);
      at += size + 9;
    }
    expect(bytes.subarray(at + 9).toString()).toBe('é漢😀');
    expect(buffer.take()).toEqual([]);
  });

  it('never writes again to what was taken', () => {
    const buffer = new SendBuffer();
    buffer.frame(0, 0, 1, Buffer.from('first'));
    const [first] = buffer.take();
    for (let nth = 0; nth < 10_000; nth += 1) buffer.frame(0, 0, 1, Buffer.from('other'));
    expect(first?.subarray(9).toString()).toBe('first');
  });
});
