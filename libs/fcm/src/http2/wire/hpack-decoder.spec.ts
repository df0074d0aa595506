import { connect, createServer } from 'node:http2';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { FrameReader } from './frame-reader';
import { HpackDecoder } from './hpack-decoder';
import type { HeaderField } from './hpack-static-table';

function decoder() {
  const hpack = new HpackDecoder();
  return (hex: string): string[] => {
    const fields: string[] = [];
    const note = ([name, value]: HeaderField) => void fields.push(`${name}: ${value}`);
    hpack.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'), note);
    return fields;
  };
}

const DATES = ['Mon, 21 Oct 2013 20:13:21 GMT', 'Mon, 21 Oct 2013 20:13:22 GMT'];
const REQUESTS = [
  [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'],
  [
    ':method: GET',
    ':scheme: http',
    ':path: /',
    ':authority: www.example.com',
    'cache-control: no-cache',
  ],
  [
    ':method: GET',
    ':scheme: https',
    ':path: /index.html',
    ':authority: www.example.com',
    'custom-key: custom-value',
  ],
];
const RESPONSES = [
  [
    ':status: 302',
    'cache-control: private',
    `date: ${DATES[0]}`,
    'location: https://www.example.com',
  ],
  [
    ':status: 307',
    'cache-control: private',
    `date: ${DATES[0]}`,
    'location: https://www.example.com',
  ],
];

describe('HpackDecoder reads appendix C of RFC 7541', () => {
  it.each([
    [
      '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572',
      'custom-key: custom-header',
    ],
    ['040c 2f73 616d 706c 652f 7061 7468', ':path: /sample/path'],
    ['1008 7061 7373 776f 7264 0673 6563 7265 74', 'password: secret'],
    ['82', ':method: GET'],
  ])('C.2: %s', (hex, field) => expect(decoder()(hex)).toEqual([field]));

  it('C.3: requests without Huffman coding', () => {
    const read = decoder();
    expect(read('8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d')).toEqual(REQUESTS[0]);
    expect(read('8286 84be 5808 6e6f 2d63 6163 6865')).toEqual(REQUESTS[1]);
    expect(
      read('8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65'),
    ).toEqual(REQUESTS[2]);
  });

  it('C.4: requests with Huffman coding', () => {
    const read = decoder();
    expect(read('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')).toEqual(REQUESTS[0]);
    expect(read('8286 84be 5886 a8eb 1064 9cbf')).toEqual(REQUESTS[1]);
    expect(read('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')).toEqual(
      REQUESTS[2],
    );
  });

  it('C.5 and C.6: responses that evict each other, in a table of 256 bytes', () => {
    // The RFC sets the size beside the protocol; here it is told in the block, as a peer would.
    const plain = decoder();
    expect(
      plain(
        '3fe101' +
          '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 ' +
          '2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      ),
    ).toEqual(RESPONSES[0]);
    expect(plain('4803 3330 37c1 c0bf')).toEqual(RESPONSES[1]);
    const huffman = decoder();
    expect(
      huffman(
        '3fe101' +
          '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e ' +
          '919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
      ),
    ).toEqual(RESPONSES[0]);
    expect(huffman('4883 640e ffc1 c0bf')).toEqual(RESPONSES[1]);
    expect(
      huffman(
        '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad ' +
          '94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 ' +
          '03ed 4ee5 b106 3d50 07',
      ),
    ).toEqual([
      ':status: 200',
      'cache-control: private',
      `date: ${DATES[1]}`,
      'location: https://www.example.com',
      'content-encoding: gzip',
      'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    ]);
  });
});

describe('HpackDecoder', () => {
  it.each([
    ['index 0', '80'],
    ['an index beyond the tables', 'be'],
    ['a name that is not there', '7e0161'],
    ['a text that is cut off', '40016105 61'],
    ['a block that ends in a field', '4001'],
    ['a number that goes on and on', 'ffffffffffffffffff7f'],
    ['a number without end', 'ff808080808080808080808080'],
    ['a table larger than allowed', '3fe21f'],
    ['a change of the table after a field', '8220'],
    ['a Huffman code with its end mark', '0001 6184 ffff ffff'],
    ['Huffman padding that is not ones', '0001 6181 18'],
    ['Huffman padding of a whole byte', '0001 6182 1fff'],
  ])('takes %s for a spoilt block', (_, hex) => {
    expect(() => decoder()(hex)).toThrow(expect.objectContaining({ code: 9 }));
  });

  it('takes a table of exactly the allowed size, and an emptied one', () => {
    const read = decoder();
    expect(read('3fe11f 400161 0162')).toEqual(['a: b']);
    expect(read('be')).toEqual(['a: b']);
    expect(read('20')).toEqual([]);
    expect(() => read('be')).toThrow('stands for nothing');
  });

  it('forgets everything for a field larger than the table', () => {
    const read = decoder();
    read('400161 0162');
    read(`3f31 400163 7f81 01 ${'64'.repeat(256)}`); // a table of 80 bytes, a value of 256
    expect(() => read('be')).toThrow('stands for nothing');
  });

  it('reads any text that nghttp2 writes, Huffman coded', async () => {
    const values = Array.from({ length: 60 }, (_, length) =>
      Array.from({ length: length + 1 }, (__, at) =>
        String.fromCharCode(0x21 + ((at * 7 + length * 31) % 94)),
      ).join(''),
    );
    const server = createServer((_, response) => {
      values.forEach((value, index) => response.setHeader(`x-${index}`, value));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const blocks = await rawHeaderBlocks(port);
    const read = decoder();
    for (const block of blocks) {
      const fields = read(block.toString('hex'));
      expect(fields.filter((field) => field.startsWith('x-'))).toEqual(
        values.map((value, index) => `x-${index}: ${value}`),
      );
    }
    server.close();
  });
});

/** The HEADERS payloads of two answers on one connection. */
async function rawHeaderBlocks(port: number): Promise<Buffer[]> {
  const blocks: Buffer[] = [];
  const socket = connectTcp(port, '127.0.0.1');
  const reader = new FrameReader((type, _flags, _id, payload) => {
    if (type === 1) blocks.push(Buffer.from(payload));
  });
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  const session = connect(`http://127.0.0.1:${port}`, { createConnection: () => socket });
  for (let nth = 0; nth < 2; nth += 1) {
    const stream = session.request({ ':path': '/' }).resume();
    await new Promise((resolve) => stream.on('close', resolve));
  }
  session.close();
  return blocks;
}
