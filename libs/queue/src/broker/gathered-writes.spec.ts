import { Duplex, finished } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gatherWrites } from './gathered-writes';

/** Notes what it is handed, and in how many pieces. */
class FakeSocket extends Duplex {
  readonly handedOn: string[][] = [];
  answer: (() => void) | undefined;
  slow = false;

  override _read(): void {
    // nothing ever comes
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.handedOn.push(chunks.map(({ chunk }) => chunk.toString()));
    if (this.slow) this.answer = done;
    else done();
  }
}

const gathered = (): FakeSocket => {
  const socket = new FakeSocket({ writableHighWaterMark: 4 });
  gatherWrites(socket);
  return socket;
};

describe('gatherWrites', () => {
  it('hands on what is written in one turn at once, in its order', async () => {
    const socket = gathered();
    for (const frame of ['a', 'b', 'c']) socket.write(frame);
    await turn();
    socket.write('d');
    await turn();
    expect(socket.handedOn).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('waits for nothing but the end of the turn', async () => {
    const socket = gathered();
    socket.write('a');
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(socket.handedOn).toEqual([['a']]);
  });

  it('tells when it is full, and when there is room again', async () => {
    const socket = gathered();
    socket.slow = true;
    expect(socket.write('abc')).toBe(true);
    expect(socket.write('d')).toBe(false);
    const drained = new Promise<void>((resolve) => socket.once('drain', resolve));
    await turn();
    expect(socket.handedOn).toEqual([['abc', 'd']]);
    socket.answer?.();
    await drained;
    expect(socket.write('e')).toBe(true);
  });

  it('hands on what was written before the end', async () => {
    const socket = gathered();
    socket.write('a');
    socket.end('b');
    socket.push(null);
    socket.resume();
    await promisify(finished)(socket);
    expect(socket.handedOn.flat()).toEqual(['a', 'b']);
  });

  it('does not mind that the stream is gone', async () => {
    const socket = gathered();
    socket.write('a');
    socket.destroy();
    await turn();
    expect(socket.handedOn).toEqual([]);
  });
});
