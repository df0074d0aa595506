/** A token that FCM has called dead, on its way to the user service. */
export interface DeadToken {
  readonly userId: string;
  readonly token: string;
  /** Epoch milliseconds. */
  readonly refusedAt: number;
  /** Reports that were tried. */
  tries: number;
  /** Epoch milliseconds before which nothing is tried. */
  notBefore: number;
}

/** What becomes of a token that is added: it is new, it is in the queue already, or there is no room. */
export type Addition = 'added' | 'known' | 'full';

/** Most tokens that wait: a few megabytes. */
const CAPACITY = 10_000;

/**
 * Dead tokens that wait to be reported, each once. In memory only: one that is lost with the process, or finds no room,
 * is called dead again at the next push to it.
 */
export class DeadTokenQueue {
  private readonly waiting = new Map<string, DeadToken>();

  constructor(
    private readonly capacity = CAPACITY,
    private readonly clock: () => number = Date.now,
  ) {}

  get size(): number {
    return this.waiting.size;
  }

  add(userId: string, token: string): Addition {
    const key = keyOf({ userId, token });
    if (this.waiting.has(key)) return 'known';
    if (this.waiting.size >= this.capacity) return 'full';
    const now = this.clock();
    this.waiting.set(key, { userId, token, refusedAt: now, tries: 0, notBefore: now });
    return 'added';
  }

  /** What may be tried now, the oldest first. It stays in the queue until it is removed. */
  due(): DeadToken[] {
    const now = this.clock();
    return [...this.waiting.values()].filter(({ notBefore }) => notBefore <= now);
  }

  /** Counts a try that failed, and has the token wait. */
  postpone(dead: DeadToken, delayMs: number): void {
    dead.tries += 1;
    dead.notBefore = this.clock() + delayMs;
  }

  remove(dead: DeadToken): void {
    this.waiting.delete(keyOf(dead));
  }
}

function keyOf({ userId, token }: Pick<DeadToken, 'userId' | 'token'>): string {
  return JSON.stringify([userId, token]);
}
