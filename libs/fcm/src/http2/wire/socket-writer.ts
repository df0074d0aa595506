import type { Socket } from 'node:net';

/**
 * Writes to a socket once a turn of the event loop, after all that came in has been handled, and not while the socket
 * still has to get rid of what it was given.
 */
export class SocketWriter {
  private ready = false;
  private scheduled = false;

  /** @param take what there is to write */
  constructor(
    private readonly socket: Socket,
    private readonly take: () => Buffer[],
  ) {
    socket.on('drain', () => this.flush());
  }

  /** The socket is connected. */
  start(): void {
    this.ready = true;
    this.flush();
  }

  /**
   * Has {@link flush} called at the end of this turn: what other sockets bring in it may lead to requests too, and a
   * write costs as much as a request.
   */
  schedule(): void {
    if (this.scheduled || !this.ready) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  flush(): void {
    if (!this.ready || !this.socket.writable || this.socket.writableNeedDrain) return;
    const buffers = this.take();
    if (buffers.length > 1) this.socket.cork();
    for (const buffer of buffers) this.socket.write(buffer);
    if (buffers.length > 1) this.socket.uncork();
  }

  /** Writes what is left, and closes the socket. One that takes nothing more is cut off. */
  finish(): void {
    this.flush();
    this.ready = false;
    if (this.socket.writableNeedDrain) this.socket.destroy();
    else this.socket.destroySoon();
  }
}
