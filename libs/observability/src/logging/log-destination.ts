import { destination, type DestinationStream } from 'pino';

/** Milliseconds after which a line is written at the latest. */
const FLUSH_EVERY_MS = 20;
/** Characters from which on lines are written at once. */
const MIN_WRITE = 8 * 1024;
/** Characters that wait in memory while the disk is full; further lines are dropped. */
const MAX_WAITING = 1024 * 1024;
/** Pino's number for `error`. */
const ERROR = 50;

let stdout: DestinationStream | undefined;

/**
 * Stdout, lines written in batches: a write of its own costs as much as the rest of a line. Errors, and the lines before
 * them, are written at once, and so is everything when the process exits by itself or by an uncaught error: only a process
 * killed by SIGKILL loses what it logged below `error` in its last 20 ms.
 *
 * A closed pipe or a full disk does not end the process: writing is tried again with the next lines.
 */
export function stdoutDestination(): DestinationStream {
  if (stdout) return stdout;
  const buffered = destination({
    dest: 1,
    sync: true,
    minLength: MIN_WRITE,
    maxLength: MAX_WAITING,
    periodicFlush: FLUSH_EVERY_MS,
  });
  buffered.on('error', () => undefined);
  let exiting = false;
  process.once('exit', () => {
    exiting = true;
    buffered.flush();
  });
  // pino's own destination does not flush for errors; with this symbol pino sets `lastLevel` before each write.
  const stream = {
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line: string): void {
      buffered.write(line);
      if (exiting || stream.lastLevel >= ERROR) buffered.flush();
    },
  };
  return (stdout = stream);
}
