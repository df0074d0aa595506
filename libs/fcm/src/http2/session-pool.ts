import { AsyncLocalStorage } from 'node:async_hooks';
import { FcmSession } from './fcm-session';

/** A request that needs a session. */
export interface SessionWaiter {
  /** Called once, with a session that has room. */
  begin(session: FcmSession): void;
}

export interface SessionPoolOptions {
  /** Most sessions open for new requests. */
  maxSessions: number;
  /** Most milliseconds to open a session, and for requests to end when it is closed. */
  timeoutMs: number;
  /** Most requests that wait for a session. @default 25000 */
  maxWaiting?: number;
  /** Sessions unused for this long are closed, all but one. @default 60000 */
  idleMs?: number;
  /** How often sessions are checked: a PING, and idle ones closed. @default 30000 */
  keepAliveMs?: number;
  /** A peer that has not answered a PING for this long is considered dead. @default 5000 */
  pingTimeoutMs?: number;
}

/**
 * Persistent HTTP/2 sessions to one origin, as many as the requests in flight need. The first one with room is used, so
 * that the later ones become idle when there is less to do.
 */
export class SessionPool {
  private readonly origin: URL;
  private readonly options: Required<SessionPoolOptions>;
  private readonly usable: FcmSession[] = [];
  private readonly draining = new Set<FcmSession>();
  private readonly waiting = new Set<SessionWaiter>();
  /** Runs in the context of who made the pool: a session does not belong to the message it was opened for. */
  private readonly outside = AsyncLocalStorage.snapshot();
  private keepAlive?: NodeJS.Timeout;
  private whenClosed?: () => void;

  constructor(origin: string, options: SessionPoolOptions) {
    this.origin = new URL(origin);
    const defaults = {
      maxWaiting: 25_000,
      idleMs: 60_000,
      keepAliveMs: 30_000,
      pingTimeoutMs: 5000,
    };
    this.options = { ...defaults, ...options };
  }

  /** Sessions open now. */
  get size(): number {
    return this.usable.length + this.draining.size;
  }

  /** Streams in flight on them. */
  get streams(): number {
    return [...this.usable, ...this.draining].reduce((sum, { streams }) => sum + streams, 0);
  }

  /**
   * Calls the waiter back with a session, now or as soon as one has room.
   * @returns false when too many wait already
   */
  acquire(waiter: SessionWaiter): boolean {
    const session = this.find();
    if (session) waiter.begin(session);
    else if (this.waiting.size >= this.options.maxWaiting) return false;
    else this.waiting.add(waiter);
    return true;
  }

  /** Removes a request that waits. */
  leave(waiter: SessionWaiter): void {
    this.waiting.delete(waiter);
  }

  /** Closes all sessions once their streams have ended. The caller acquires no more. */
  async close(): Promise<void> {
    clearInterval(this.keepAlive);
    for (const session of [...this.usable]) session.close();
    if (this.size > 0) await new Promise<void>((resolve) => (this.whenClosed = resolve));
  }

  private find(): FcmSession | undefined {
    for (const session of this.usable) if (session.hasRoom) return session;
    if (this.usable.length >= this.options.maxSessions) return undefined;
    return this.outside(() => this.open());
  }

  private open(): FcmSession {
    const session = new FcmSession(
      this.origin,
      {
        onRoom: () => this.serve(),
        onDraining: (gone) => {
          this.usable.splice(this.usable.indexOf(gone), 1);
          this.draining.add(gone);
          this.serve();
        },
        onClosed: (gone) => {
          this.draining.delete(gone);
          if (this.size === 0) this.whenClosed?.();
        },
      },
      this.options,
    );
    this.usable.push(session);
    this.keepAlive ??= setInterval(() => this.check(), this.options.keepAliveMs).unref();
    return session;
  }

  private serve(): void {
    for (const waiter of this.waiting) {
      const session = this.find();
      if (!session) return;
      this.waiting.delete(waiter);
      waiter.begin(session);
    }
  }

  private check(): void {
    for (const session of [...this.usable].reverse()) {
      if (this.usable.length > 1 && session.idleMs >= this.options.idleMs) session.close();
      else session.check();
    }
  }
}
