import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { RedisUnavailableError } from '@push/redis';
import { Steering } from './steering';
import { fieldOf, readWish, type Wish } from './wish';
import { WishStore, type KeptWishes } from './wish-store';

/**
 * What the operators want, as far as this instance knows, and what it does about it. Where Redis cannot be asked, the
 * last that was known goes on to hold; where Redis has forgotten, it is told again.
 */
@Injectable()
export class Wishes {
  private readonly logger = new Logger(Wishes.name);
  private known: KeptWishes = {};
  private hasLooked = false;
  private refused = false;
  /** One after the other, so that an older answer never comes after a newer word. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: WishStore,
    private readonly steering: Steering,
  ) {}

  /** The newest word on one thing. */
  get<About extends Wish['about']>(about: About): Extract<Wish, { about: About }> | undefined {
    const text = this.known[about];
    const wish = text === undefined ? undefined : readWish(about, text);
    return wish as Extract<Wish, { about: About }> | undefined;
  }

  /** Same where two instances know the same. */
  get revision(): string {
    const words = Object.entries(this.known).sort(([one], [other]) => (one < other ? -1 : 1));
    return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 12);
  }

  /** Reads them, and does what is new in them. Never rejects. */
  async look(): Promise<void> {
    try {
      await this.inTurn(() => this.read());
      this.refused = false;
    } catch (error) {
      this.explain(error);
    }
    this.steering.keepTime();
  }

  /**
   * Keeps a word for all instances, and follows it here.
   * @throws {RedisUnavailableError} or {RedisCommandError} where it could not be kept; then nothing is changed
   */
  async tell(wish: Wish): Promise<void> {
    await this.inTurn(async () => {
      await this.read();
      const field = fieldOf(wish);
      // Newer than the last one, whichever instance's clock that was said by.
      const at = Math.max(wish.word.at, this.saidAt(field) + 1);
      const text = JSON.stringify({ ...wish.word, at });
      await this.store.write(field, text);
      this.follow({ [field]: text });
    });
  }

  private async read(): Promise<void> {
    const kept = await this.store.read();
    this.follow(kept);
    const forgotten = Object.entries(this.known).filter(([field]) => this.isForgotten(field, kept));
    if (forgotten.length === 0) return;
    for (const [field, text] of forgotten) {
      if (Object.hasOwn(kept, field)) await this.store.write(field, text);
      else await this.store.restore({ [field]: text });
    }
    this.logger.warn({ wishes: forgotten.map(([field]) => field) }, 'Redis had forgotten wishes');
  }

  private follow(words: KeptWishes): void {
    for (const [field, text] of Object.entries(words)) {
      if (this.known[field] === text) continue;
      const wish = readWish(field, text);
      if (wish === undefined || !this.steering.knows(wish)) continue;
      if (wish.word.at < this.saidAt(field)) continue;
      this.known = { ...this.known, [field]: text };
      this.steering.follow(wish, { atStart: !this.hasLooked });
    }
    this.hasLooked = true;
    this.steering.begin();
  }

  /** Lost, or replaced by an older word, as after a failover. One of a later version, which makes no sense here, stays. */
  private isForgotten(field: string, kept: KeptWishes): boolean {
    if (!Object.hasOwn(kept, field)) return true;
    const wish = readWish(field, kept[field] ?? '');
    return wish !== undefined && wish.word.at < this.saidAt(field);
  }

  /** When the last word known on something was said; 0 where there is none. */
  private saidAt(field: string): number {
    return readWish(field, this.known[field] ?? '')?.word.at ?? 0;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.catch(() => undefined).then(work);
    this.turn = done;
    return done;
  }

  /** That Redis is away is told elsewhere. What cannot be read for another reason must not keep intake closed for ever. */
  private explain(error: unknown): void {
    if (error instanceof RedisUnavailableError && !lacksRights(error)) return;
    if (!this.refused) this.logger.error({ err: error }, 'The wishes of operators cannot be read');
    this.refused = true;
    this.steering.begin();
  }
}

/** Where the user may not read this hash, waiting is of no use, and all else that is asked of Redis may work. */
function lacksRights({ cause }: RedisUnavailableError): boolean {
  return cause instanceof Error && cause.message.startsWith('NOPERM');
}
