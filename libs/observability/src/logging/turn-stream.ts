import { destination, type DestinationStream } from 'pino';

/** Pino tells a stream that has this the level of each line before it writes it. */
const WANTS_LEVEL = Symbol.for('pino.metadata');
/** Pino's number for `error`. */
const ERROR = 50;
/** Characters that are kept back at most. */
const MOST_KEPT = 64 * 1024;
/** Bytes that wait for a disk to have room again. */
const MOST_UNWRITTEN = 1024 * 1024;

/**
 * Writes the lines of one turn of the event loop together: a write of its own costs a line 5 us, as much as all the rest
 * of it. No line waits longer than that turn, errors and what stands before them do not wait at all, and a process that
 * exits by itself, or dies of an error that nobody caught, has written all: only one that is killed within a turn takes the
 * lines of it along.
 */
export class TurnStream implements DestinationStream {
  readonly [WANTS_LEVEL] = true;
  /** Of the line that comes next. */
  lastLevel = 0;
  private kept = '';
  private ended = false;

  /** @param below where the lines go; it writes before it returns */
  constructor(private readonly below: DestinationStream) {}

  write(line: string): void {
    if (this.kept === '') setImmediate(() => this.flush());
    this.kept += line;
    if (this.lastLevel >= ERROR || this.kept.length > MOST_KEPT || this.ended) this.flush();
  }

  /** Writes what is kept back. */
  flush(): void {
    const lines = this.kept;
    if (lines === '') return;
    this.kept = '';
    this.below.write(lines);
  }

  /** Keeps nothing back from now on: no turn comes any more. */
  end(): void {
    this.ended = true;
    this.flush();
  }
}

let stdout: TurnStream | undefined;

/**
 * The one of this process. A reader that has gone ends the log, and not the process. Nor does a disk that is full: there it
 * is tried again with the next lines, and what is too much to keep until then is lost.
 */
export function stdoutByTurns(): TurnStream {
  if (stdout) return stdout;
  const below = destination({ fd: 1, sync: true, maxLength: MOST_UNWRITTEN });
  below.on('error', () => undefined);
  const stream = new TurnStream(below);
  process.once('exit', () => stream.end());
  return (stdout = stream);
}
