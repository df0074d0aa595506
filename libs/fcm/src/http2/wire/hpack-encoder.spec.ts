import { HpackDecoder } from './hpack-decoder';
import { HpackEncoder, type RequestHead } from './hpack-encoder';
import type { HeaderField } from './hpack-static-table';

function headOf(authorization: string): RequestHead {
  return [
    [':method', 'POST'],
    [':scheme', 'https'],
    [':authority', 'fcm.googleapis.com'],
    [':path', '/v1/projects/p/messages:send'],
    ['authorization', authorization],
    ['content-type', 'application/json'],
  ];
}

function read(decoder: HpackDecoder, block: Buffer): HeaderField[] {
  const fields: HeaderField[] = [];
  decoder.decode(block, (field) => void fields.push(field));
  return fields;
}

describe('HpackEncoder', () => {
  it('writes a head that is used again as indexes alone, and the same block from then on', () => {
    const [encoder, decoder] = [new HpackEncoder(), new HpackDecoder()];
    const head = headOf(`Bearer ${'t'.repeat(1000)}`);
    const blocks = [1, 2, 3].map(() => encoder.encode(head));
    for (const block of blocks) expect(read(decoder, block)).toEqual(head);
    expect(blocks.map(({ length }) => length > 1000)).toEqual([true, false, false]);
    expect(blocks[1]).toHaveLength(head.length);
    expect(blocks[2]).toBe(blocks[1]);
  });

  it('stays in step with the peer as heads and table sizes change', () => {
    const [encoder, decoder] = [new HpackEncoder(), new HpackDecoder()];
    const heads = [10, 500, 1000, 2000, 3900, 5000].map((size) => headOf('a'.repeat(size)));
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 2000; round += 1) {
      while (random(4) === 0) encoder.limitTable([0, 60, 200, 1200, 4096, 65_536][random(6)]!);
      const head = heads[random(heads.length)]!;
      expect(read(decoder, encoder.encode(head))).toEqual(head);
    }
  });

  it('tells a smaller table before it uses it, and one that was smaller for a while', () => {
    const encoder = new HpackEncoder();
    encoder.limitTable(0);
    expect(encoder.encode([[':method', 'POST']]).toString('hex')).toBe('2083');
    expect(encoder.encode([[':method', 'POST']]).toString('hex')).toBe('83');
    encoder.limitTable(100);
    encoder.limitTable(10);
    encoder.limitTable(50);
    expect(encoder.encode([[':method', 'POST']]).toString('hex')).toBe('2a3f1383');
  });

  it('keeps a field that the table has no room for out of it', () => {
    const [encoder, decoder] = [new HpackEncoder(), new HpackDecoder()];
    const head = headOf('x'.repeat(5000));
    const first = encoder.encode(head);
    expect(read(decoder, first)).toEqual(head);
    const second = encoder.encode(head);
    expect(read(decoder, second)).toEqual(head);
    expect(second.length).toBeGreaterThan(5000);
    expect(encoder.encode(head)).toBe(second);
  });
});
