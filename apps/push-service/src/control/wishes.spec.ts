import { Logger } from '@nestjs/common';
import { RedisCommandError, RedisUnavailableError } from '@push/redis';
import type { Steering } from './steering';
import type { Wish } from './wish';
import type { KeptWishes, WishStore } from './wish-store';
import { Wishes } from './wishes';

/** Redis as far as wishes go. */
class FakeStore {
  kept: Record<string, string> = {};
  failure?: Error;

  async read(): Promise<KeptWishes> {
    await this.answer();
    return { ...this.kept };
  }

  async write(field: string, text: string): Promise<void> {
    await this.answer();
    this.kept[field] = text;
  }

  async restore(forgotten: KeptWishes): Promise<void> {
    await this.answer();
    this.kept = { ...forgotten, ...this.kept };
  }

  private async answer(): Promise<void> {
    await Promise.resolve();
    if (this.failure) throw this.failure;
  }
}

/** Notes what it is to do. */
class FakeSteering {
  done: string[] = [];
  begun = 0;

  knows(wish: Wish): boolean {
    return wish.about !== 'breaker' || wish.dependency === 'fcm';
  }
  follow(wish: Wish, { atStart }: { atStart: boolean }): void {
    this.done.push(`${wish.about} at ${wish.word.at}${atStart ? ', at the start' : ''}`);
  }
  begin(): void {
    this.begun += 1;
  }
  keepTime(): void {
    // nothing runs out here
  }
}

const unavailable = (reply: string): RedisUnavailableError =>
  new RedisUnavailableError(reply, false, { cause: new Error(reply) });

describe('Wishes', () => {
  let store: FakeStore;
  let steering: FakeSteering;
  let wishes: Wishes;

  const instance = (): [Wishes, FakeSteering] => {
    const own = new FakeSteering();
    return [new Wishes(store as unknown as WishStore, own as unknown as Steering), own];
  };
  const pause = (at: number): Wish => ({ about: 'pause', word: { paused: true, by: 'alice', at } });

  beforeEach(() => {
    store = new FakeStore();
    [wishes, steering] = instance();
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    jest.spyOn(Logger.prototype, 'error').mockImplementation();
  });
  afterEach(() => void jest.restoreAllMocks());

  it('are followed at once where they are told, and once by all others', async () => {
    const [others, otherSteering] = instance();
    await others.look();
    await wishes.tell(pause(1));
    expect(steering.done).toEqual(['pause at 1']);
    await others.look();
    await others.look();
    await wishes.look();
    expect([steering.done, otherSteering.done]).toEqual([['pause at 1'], ['pause at 1']]);
    expect(others.revision).toBe(wishes.revision);
    expect(others.get('pause')?.word).toEqual({ paused: true, by: 'alice', at: 1 });
  });

  it('are known to an instance that starts before it begins', async () => {
    await wishes.tell(pause(1));
    const [late, lateSteering] = instance();
    expect(lateSteering.begun).toBe(0);
    await late.look();
    expect([lateSteering.done, lateSteering.begun]).toEqual([['pause at 1, at the start'], 1]);
  });

  it('hold on while Redis is away; one that cannot be kept changes nothing', async () => {
    await wishes.tell(pause(1));
    store.failure = new RedisUnavailableError('gone', false);
    await wishes.look();
    await expect(wishes.tell(pause(2))).rejects.toBe(store.failure);
    expect(steering.done).toEqual(['pause at 1']);
    store.failure = undefined;
    await wishes.look();
    expect(steering.done).toEqual(['pause at 1']);
  });

  it('keep intake closed until Redis could be asked once', async () => {
    store.kept = { pause: JSON.stringify({ paused: true, by: 'alice', at: 1 }) };
    store.failure = new RedisUnavailableError('not there yet', false);
    await wishes.look();
    expect([steering.done, steering.begun]).toEqual([[], 0]);
    store.failure = undefined;
    await wishes.look();
    expect([steering.done, steering.begun]).toEqual([['pause at 1, at the start'], 1]);
  });

  it.each([
    ['holds something else', new RedisCommandError('WRONGTYPE')],
    ['gives no right to read them', unavailable('NOPERM this user has no permissions')],
  ])('keep nothing closed where Redis works and %s, and say so once', async (_, failure) => {
    store.failure = failure;
    await wishes.look();
    await wishes.look();
    expect(steering.begun).toBeGreaterThan(0);
    expect(Logger.prototype.error).toHaveBeenCalledTimes(1);
  });

  it('are told again to a Redis that has forgotten them', async () => {
    await wishes.tell(pause(1));
    store.kept = {};
    await wishes.look();
    expect(Object.keys(store.kept)).toEqual(['pause']);
    expect(steering.done).toEqual(['pause at 1']);
  });

  it('do not go back to an older word that a failover of Redis brings back, but tell it the newer one', async () => {
    const [others, otherSteering] = instance();
    await wishes.tell(pause(1));
    const before = { ...store.kept };
    await wishes.tell(pause(2));
    store.kept = before;
    await wishes.look();
    expect(steering.done).toEqual(['pause at 1', 'pause at 2']);
    await others.look();
    expect(otherSteering.done).toEqual(['pause at 2, at the start']);
  });

  it('are followed in the order they are told in, whichever clock is behind', async () => {
    const [others, otherSteering] = instance();
    await wishes.tell(pause(60_000));
    await others.tell(pause(1));
    await wishes.look();
    expect(steering.done).toEqual(['pause at 60000', 'pause at 60001']);
    expect(otherSteering.done.at(-1)).toBe('pause at 60001');
  });

  it('do not go back to an older word that was read while a newer one was told', async () => {
    await wishes.tell(pause(1));
    const looking = wishes.look();
    await Promise.all([looking, wishes.tell(pause(2)), wishes.look()]);
    expect(steering.done).toEqual(['pause at 1', 'pause at 2']);
  });

  it('leave a word alone that only a later version can read', async () => {
    await wishes.tell(pause(1));
    const later = '{"by":"alice","at":2,"paused":{"queue":"push"}}';
    store.kept = { pause: later };
    await wishes.look();
    expect([store.kept, steering.done]).toEqual([{ pause: later }, ['pause at 1']]);
  });

  it.each([
    ['pause', '{'],
    ['pause', 'null'],
    ['pause', '{"paused":"yes","by":"alice","at":1}'],
    ['concurrency', '{"value":0,"by":"alice","at":1}'],
    ['breaker:nobody', '{"wish":"open","by":"alice","at":1}'],
    ['of a later version', '{"by":"alice","at":1}'],
    ['__proto__', '{"by":"alice","at":1}'],
  ])('are not followed where they make no sense here: %s %s', async (field, text) => {
    store.kept = { [field]: text };
    await wishes.look();
    expect([steering.done, steering.begun]).toEqual([[], 1]);
  });
});
