/** A token that FCM has called dead, and that is to be reported to the user service. */
export interface DeadToken {
  readonly userId: string;
  readonly token: string;
  /** Epoch milliseconds. */
  readonly refusedAt: number;
}

/** A few megabytes. */
const CAPACITY = 10_000;

/**
 * Dead tokens that wait to be reported, each once. In memory only: FCM refuses one that is lost with the process, or that
 * finds no room, again at the next push to it.
 */
export class DeadTokenQueue {
  private readonly tokens = new Map<string, DeadToken>();

  constructor(
    private readonly capacity = CAPACITY,
    private readonly clock: () => number = Date.now,
  ) {}

  get size(): number {
    return this.tokens.size;
  }

  /** The oldest first. A token stays in the queue until it is removed. */
  get waiting(): readonly DeadToken[] {
    return [...this.tokens.values()];
  }

  add(userId: string, token: string): 'added' | 'known' | 'full' {
    const key = keyOf({ userId, token });
    if (this.tokens.has(key)) return 'known';
    if (this.tokens.size >= this.capacity) return 'full';
    this.tokens.set(key, { userId, token, refusedAt: this.clock() });
    return 'added';
  }

  remove(dead: DeadToken): void {
    this.tokens.delete(keyOf(dead));
  }
}

function keyOf({ userId, token }: Pick<DeadToken, 'userId' | 'token'>): string {
  return JSON.stringify([userId, token]);
}
