import { Flag, FrameType, words } from './frames';
import { Http2Stream, type StreamAnswer } from './http2-stream';
import { Inbound } from './inbound';
import { Outbound } from './outbound';
import { SendBuffer } from './send-buffer';
import { ConnectionError } from './wire.errors';

const { DATA, HEADERS, CONTINUATION, SETTINGS, PING, WINDOW_UPDATE, RST_STREAM } = FrameType;
const { END_STREAM, END_HEADERS, PADDED } = Flag;
/** `:status: 200`, and `server: abc` for the table. */
const HEAD = Buffer.from('887603616263', 'hex');
const STREAMS = 4;

/** What a server may send to four requests. */
function conversation(): Buffer {
  const buffer = new SendBuffer();
  buffer.frame(SETTINGS, 0, 0, Buffer.from([0, 4, 0, 1, 0, 0]));
  buffer.frame(HEADERS, END_HEADERS, 1, HEAD);
  buffer.frame(PING, 0, 0, Buffer.alloc(8));
  buffer.frame(DATA, END_STREAM, 1, Buffer.from('one'));
  buffer.frame(HEADERS, 0, 3, HEAD.subarray(0, 3));
  buffer.frame(CONTINUATION, END_HEADERS, 3, HEAD.subarray(3));
  buffer.frame(WINDOW_UPDATE, 0, 3, words(100));
  buffer.frame(DATA, PADDED | END_STREAM, 3, Buffer.from('\u0002two__'));
  buffer.frame(RST_STREAM, 0, 5, words(7));
  buffer.frame(HEADERS, END_HEADERS | END_STREAM, 7, Buffer.from('88be', 'hex'));
  return Buffer.concat(buffer.take());
}

function harness() {
  const out = new Outbound();
  for (let nth = 0; nth < STREAMS; nth += 1) {
    const listener = { onAnswer: () => undefined, onBroken: () => undefined };
    out.waiting.add(new Http2Stream([[':method', 'POST']], '{}', listener));
  }
  out.fill();
  const ends: (StreamAnswer | number)[] = [];
  const end = (stream: Http2Stream, how: StreamAnswer | number): void => {
    out.drop(stream);
    ends.push(how);
  };
  const inbound = new Inbound(out, {
    onSettings: () => undefined,
    onPong: () => undefined,
    onGoaway: () => undefined,
    onEnd: (stream) => end(stream, stream.answer()),
    onReset: end,
    onWrong: (stream, _, code) => end(stream, code),
  });
  return { inbound, ends };
}

describe('Inbound', () => {
  it('hears the same, wherever what comes is cut in two', () => {
    const bytes = conversation();
    for (let at = 0; at <= bytes.length; at += 1) {
      const { inbound, ends } = harness();
      inbound.push(bytes.subarray(0, at));
      inbound.push(bytes.subarray(at));
      expect(ends).toEqual([
        { status: 200, body: 'one' },
        { status: 200, body: 'two' },
        7,
        { status: 200, body: '' },
      ]);
    }
  });

  it('takes anything at all, or says what is wrong with it: no stream ends twice', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    let refused = 0;
    for (let round = 0; round < 5000; round += 1) {
      const bytes = conversation();
      for (let nth = random(4); nth >= 0; nth -= 1) bytes[random(bytes.length)] = random(256);
      const { inbound, ends } = harness();
      try {
        inbound.push(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ConnectionError);
        refused += 1;
      }
      expect(ends.length).toBeLessThanOrEqual(STREAMS);
    }
    expect(refused).toBeGreaterThan(1000);
  });
});
