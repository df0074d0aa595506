import { destination, type DestinationStream } from 'pino';

/** Pino tells a stream that has this the level of each line before it writes it. */
const WANTS_LEVEL = Symbol.for('pino.metadata');
/** Pino's number for `error`. */
const ERROR = 50;
/** Milliseconds that a line is kept back at most. */
const LONGEST_WAIT_MS = 20;
/** Characters from which on they are written at once. */
const MOST_KEPT = 16 * 1024;
/** Bytes that wait for a disk to have room again. */
const MOST_UNWRITTEN = 1024 * 1024;

/**
 * Writes lines many together: a write of its own costs a line 5 us, as much as all the rest of it, and one for each turn of
 * the event loop still 12 us a notification. No line waits longer than 20 ms, errors and what stands before them do not
 * wait at all, and a process that exits by itself, or dies of an error that nobody caught, has written all: only one that
 * is killed outright takes along what it has logged below `error` in its last 20 ms.
 */
export class BatchStream implements DestinationStream {
  readonly [WANTS_LEVEL] = true;
  /** Of the line that comes next. */
  lastLevel = 0;
  private kept = '';
  private timed = false;
  private ended = false;

  /** @param below where the lines go; it writes before it returns */
  constructor(private readonly below: DestinationStream) {}

  write(line: string): void {
    this.kept += line;
    if (this.lastLevel >= ERROR || this.kept.length >= MOST_KEPT || this.ended) this.flush();
    else if (!this.timed) this.flushSoon();
  }

  /** Writes what is kept back. */
  flush(): void {
    const lines = this.kept;
    if (lines === '') return;
    this.kept = '';
    this.below.write(lines);
  }

  /** Keeps nothing back from now on: no timer fires any more. */
  end(): void {
    this.ended = true;
    this.flush();
  }

  /** Keeps no process alive: one that comes to its end has `end` called. */
  private flushSoon(): void {
    this.timed = true;
    setTimeout(() => {
      this.timed = false;
      this.flush();
    }, LONGEST_WAIT_MS).unref();
  }
}

let stdout: BatchStream | undefined;

/**
 * The one of this process. A reader that has gone ends the log, and not the process. Nor does a disk that is full: there it
 * is tried again with the next lines, and what is too much to keep until then is lost.
 */
export function stdoutInBatches(): BatchStream {
  if (stdout) return stdout;
  const below = destination({ fd: 1, sync: true, maxLength: MOST_UNWRITTEN });
  below.on('error', () => undefined);
  const stream = new BatchStream(below);
  process.once('exit', () => stream.end());
  return (stdout = stream);
}
