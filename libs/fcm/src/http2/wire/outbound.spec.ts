import { FrameReader } from './frame-reader';
import { FrameType } from './frames';
import { Http2Stream } from './http2-stream';
import { Outbound } from './outbound';
import { encodeSettings, Setting } from './peer-settings';

const HEAD = [[':method', 'POST']] as const;
const LISTENER = { onAnswer: () => undefined, onBroken: () => undefined };

function add(out: Outbound, body: string): Http2Stream {
  const stream = new Http2Stream(HEAD, body, LISTENER);
  out.waiting.add(stream);
  return stream;
}

/** What leaves now: `[type, stream, bytes, flags]` of each frame. */
function sent(out: Outbound): number[][] {
  const frames: number[][] = [];
  out.fill();
  const reader = new FrameReader((type, flags, id, { length }) =>
    frames.push([type, id, length, flags]),
  );
  for (const bytes of out.take()) reader.push(bytes);
  return frames;
}

const { DATA, HEADERS, RST_STREAM, SETTINGS } = FrameType;

describe('Outbound', () => {
  it('sends a head and a body, and no body as an empty one', () => {
    const out = new Outbound();
    add(out, 'é€😀');
    add(out, '');
    expect(sent(out)).toEqual([
      [HEADERS, 1, 1, 4],
      [DATA, 1, 9, 1],
      [HEADERS, 3, 1, 4],
      [DATA, 3, 0, 1],
    ]);
  });

  it('cuts a body where the window of its stream, the connection’s, or a frame ends', () => {
    const out = new Outbound();
    const stream = add(out, 'x'.repeat(70_000));
    expect(sent(out).slice(1)).toEqual([
      [DATA, 1, 16_384, 0],
      [DATA, 1, 16_384, 0],
      [DATA, 1, 16_384, 0],
      [DATA, 1, 16_383, 0],
    ]);
    out.openWindow(5000);
    expect(sent(out)).toEqual([]);
    stream.window += 2000;
    expect(sent(out)).toEqual([[DATA, 1, 2000, 0]]);
    stream.window += 10_000;
    out.takeSettings(encodeSettings([[Setting.MAX_FRAME_SIZE, 32_768]]));
    out.openWindow(1000);
    expect(sent(out)).toEqual([
      [SETTINGS, 0, 0, 1],
      [DATA, 1, 2465, 1],
    ]);
  });

  it('never cuts a character wrongly: what is sent is the body', () => {
    const out = new Outbound();
    out.takeSettings(encodeSettings([[Setting.INITIAL_WINDOW_SIZE, 0]]));
    const body = 'aé€😀'.repeat(100);
    const stream = add(out, body);
    let bytes = Buffer.alloc(0);
    const reader = new FrameReader((type, _flags, _id, payload) => {
      if (type === DATA) bytes = Buffer.concat([bytes, payload]);
    });
    while (out.hasSomething) {
      out.fill();
      for (const taken of out.take()) reader.push(taken);
      stream.window += 7;
    }
    expect(bytes.toString()).toBe(body);
  });

  it('holds streams back that the peer has no room for, and forgets one without a trace', () => {
    const out = new Outbound();
    out.takeSettings(encodeSettings([[Setting.MAX_CONCURRENT_STREAMS, 1]]));
    const [first, second] = ['a', 'b', 'c'].map((body) => add(out, body));
    expect(sent(out)).toEqual([
      [SETTINGS, 0, 0, 1],
      [HEADERS, 1, 1, 4],
      [DATA, 1, 1, 1],
    ]);
    out.drop(second!, 8);
    expect(sent(out)).toEqual([]);
    out.drop(first!, 8);
    expect(sent(out)).toEqual([
      [RST_STREAM, 1, 4, 0],
      [HEADERS, 3, 1, 4],
      [DATA, 3, 1, 1],
    ]);
  });

  it('spreads a head larger than a frame over several', () => {
    const out = new Outbound();
    const request = [['authorization', 'x'.repeat(40_000)]] as const;
    out.waiting.add(new Http2Stream(request, '{}', LISTENER));
    expect(sent(out).map(([type, , , flags]) => [type, flags])).toEqual([
      [HEADERS, 0],
      [FrameType.CONTINUATION, 0],
      [FrameType.CONTINUATION, 4],
      [DATA, 1],
    ]);
  });

  it('has no ids for streams beyond the last one', () => {
    const out = new Outbound(2 ** 31 - 5);
    add(out, '');
    expect(out.hasIds).toBe(true);
    add(out, '');
    expect(out.hasIds).toBe(false);
    expect(sent(out).map(([, id]) => id)).toEqual([
      2 ** 31 - 5,
      2 ** 31 - 5,
      2 ** 31 - 3,
      2 ** 31 - 3,
    ]);
    expect(out.hasIds).toBe(false);
  });

  it('answers no more PING than the peer reads', () => {
    const out = new Outbound();
    const ask = (): void => out.acknowledge(FrameType.PING, Buffer.alloc(8));
    expect(() => {
      for (let nth = 0; nth < 10_000; nth += 1) ask();
    }).toThrow(expect.objectContaining({ code: 11 }));
    out.take();
    expect(ask).not.toThrow();
  });
});
