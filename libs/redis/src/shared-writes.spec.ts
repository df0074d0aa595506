import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Duplex } from 'node:stream';
import { SharedWrites } from './shared-writes';

/** Keeps what it is given, by the go in which it came, and answers when it is told to. */
class Kept extends Duplex {
  readonly goes: string[] = [];

  constructor() {
    super({ decodeStrings: false });
    this.resume();
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.goes.push(chunk);
    done();
  }

  override _writev(chunks: { chunk: unknown }[], done: () => void): void {
    this.goes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
    done();
  }

  override _read(): void {
    // as told
  }

  async answer(): Promise<void> {
    this.push('answer');
    await turnOfTheLoop();
    await turnOfTheLoop();
  }
}

describe('SharedWrites', () => {
  let writes: SharedWrites;
  let stream: Kept;

  beforeEach(() => {
    writes = new SharedWrites();
    stream = new Kept();
  });

  const send = (command: string, to = stream): void => {
    writes.hold(to);
    to.write(command);
  };

  it('writes what is sent in one turn in one go', async () => {
    for (const command of ['a', 'b', 'c']) send(command);
    expect(stream.goes).toEqual([]);
    await turnOfTheLoop();
    expect(stream.goes).toEqual(['abc']);
  });

  it('keeps what is sent while an answer is awaited until one is there', async () => {
    send('a');
    await turnOfTheLoop();
    send('b');
    await turnOfTheLoop();
    send('c');
    await turnOfTheLoop();
    expect(stream.goes).toEqual(['a']);
    await stream.answer();
    expect(stream.goes).toEqual(['a', 'bc']);
    await stream.answer();
    send('d');
    await turnOfTheLoop();
    expect(stream.goes).toEqual(['a', 'bc', 'd']);
  });

  it('writes what follows from an answer without waiting for another', async () => {
    send('a');
    await turnOfTheLoop();
    send('b');
    stream.once('data', () => stream.write('a again')); // past it, as ioredis does with a script that Redis has lost
    await stream.answer();
    expect(stream.goes).toEqual(['a', 'ba again']);
  });

  it('awaits no answer to a command that was not written', async () => {
    writes.hold(stream);
    await turnOfTheLoop();
    send('a');
    await turnOfTheLoop();
    expect(stream.goes).toEqual(['a']);
  });

  it('awaits no answer from a connection that is gone, and leaves nothing unwritten there', async () => {
    send('a');
    await turnOfTheLoop();
    send('b');
    const next = new Kept();
    send('c', next);
    await turnOfTheLoop();
    await stream.answer();
    send('d', next);
    await turnOfTheLoop();
    expect([stream.goes, next.goes]).toEqual([['a', 'b'], ['c']]);
    await next.answer();
    expect(next.goes).toEqual(['c', 'd']);
    expect([stream.writableCorked, next.writableCorked]).toEqual([0, 0]);
  });
});
