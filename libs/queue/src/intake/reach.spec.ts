import { Reach } from './reach';

describe('Reach', () => {
  let now = 0;
  let busy = 0;
  let changes = 0;

  beforeEach(() => {
    busy = 0.5;
    changes = 0;
  });

  const make = (most = 500): Reach => {
    const onChange = (): number => (changes += 1);
    const senses = { now: () => now, busyShare: () => busy };
    return new Reach({ most, onChange }, senses);
  };

  interface Spell {
    /** @default all of the reach */
    inHand?: number;
    /** @default the reach */
    window?: number;
    /** Milliseconds that each message takes, of which follows how many are settled. @default 80 */
    eachMs?: number;
    succeeded?: boolean;
  }

  /** 250 ms of settlements, which are one look. */
  const look = (reach: Reach, { inHand, window, eachMs = 80, succeeded = true }: Spell = {}) => {
    const held = inHand ?? reach.current;
    const count = Math.max(1, Math.round((held * 250) / eachMs));
    const one = { inHand: held, window: window ?? reach.current, succeeded };
    for (let n = 1; n < count; n += 1) reach.settled(one);
    now += 250;
    reach.settled(one);
    return reach.current;
  };
  const looks = (reach: Reach, times: number, spell?: Spell): number[] =>
    Array.from({ length: times }, () => look(reach, spell));

  it('is 100 at first, and grows by 100 with each two looks that find all in hand, up to the most', () => {
    const reach = make(350);
    expect(reach.current).toBe(100);
    expect(looks(reach, 8)).toEqual([100, 200, 200, 300, 300, 350, 350, 350]);
    expect(changes).toBe(3);
  });

  it('is looked at no more often than every 250 ms', () => {
    const reach = make();
    for (let n = 0; n < 1000; n += 1) {
      reach.settled({ inHand: 100, window: 100, succeeded: true });
    }
    now += 249;
    reach.settled({ inHand: 100, window: 100, succeeded: true });
    expect(reach.current).toBe(100);
    now += 1;
    reach.settled({ inHand: 100, window: 100, succeeded: true });
    expect([look(reach), look(reach)]).toEqual([200, 200]);
  });

  it.each<[string, Spell]>([
    ['fewer are in hand', { inHand: 89 }],
    ['the window has not grown to it', { window: 99 }],
    ['a message takes over a second', { eachMs: 1100 }],
    ['what is settled did not go well', { succeeded: false }],
  ])('does not grow where %s', (_, spell) => {
    expect(looks(make(), 10, spell)).toEqual(Array(10).fill(100));
  });

  it('does not grow while the event loop has no time left', () => {
    const reach = make();
    busy = 0.86;
    expect(looks(reach, 10)).toEqual(Array(10).fill(100));
    busy = 0.85;
    expect(looks(reach, 2)).toEqual([100, 200]);
  });

  it('does not grow for one look', () => {
    const reach = make();
    for (let n = 0; n < 5; n += 1) {
      expect([look(reach), look(reach, { inHand: 50 })]).toEqual([100, 100]);
    }
  });

  it('counts what is on its way to us and back as in hand', () => {
    expect(looks(make(), 2, { inHand: 90 })).toEqual([100, 200]);
  });

  it('starts over after ten seconds of work for which fewer would have done', () => {
    const reach = make();
    looks(reach, 8);
    expect(reach.current).toBe(500);
    expect(looks(reach, 39, { inHand: 400 })).toEqual(Array(39).fill(500));
    expect(look(reach, { inHand: 400 })).toBe(100);
  });

  it('stays while fewer would not do, though it does not grow', () => {
    const reach = make();
    looks(reach, 4);
    expect(new Set(looks(reach, 200, { inHand: 201 }))).toEqual(new Set([300]));
  });

  it('takes one look in ten seconds as proof that it is needed, and asks again after ten more', () => {
    const reach = make(200);
    looks(reach, 2);
    look(reach, { inHand: 101 });
    expect(looks(reach, 78, { inHand: 100 })).toEqual(Array(78).fill(200));
    expect(look(reach, { inHand: 100 })).toBe(100);
  });

  it('gives back a hundred after ten seconds of work in which the event loop had no time left, down to the first', () => {
    const reach = make();
    looks(reach, 4);
    busy = 0.96;
    const seen = looks(reach, 120);
    expect(seen).toEqual([...Array(39).fill(300), ...Array(40).fill(200), ...Array(41).fill(100)]);
    busy = 0.85;
    expect(looks(reach, 2)).toEqual([100, 200]);
  });

  it('keeps what it has where the event loop has a little time left', () => {
    const reach = make(300);
    looks(reach, 4);
    busy = 0.94;
    expect(new Set(looks(reach, 200))).toEqual(new Set([300]));
  });

  it('goes by how busy the event loop was over the ten seconds, not at their end', () => {
    const reach = make(300);
    looks(reach, 4);
    for (let n = 0; n < 5; n += 1) {
      busy = 0.86;
      expect(new Set(looks(reach, 10))).toEqual(new Set([300]));
      busy = 0.98;
      expect(new Set(looks(reach, 30))).toEqual(new Set([300]));
    }
  });

  it('asks anew from each change on', () => {
    const reach = make(300);
    looks(reach, 2);
    busy = 1;
    looks(reach, 39);
    reach.setMost(150);
    expect(looks(reach, 39)).toEqual(Array(39).fill(150));
    expect(look(reach)).toBe(100);
  });

  it('starts over where two looks find that messages take too long', () => {
    const reach = make();
    looks(reach, 8);
    expect(looks(reach, 3, { eachMs: 2400 })).toEqual([500, 500, 500]);
    expect(looks(reach, 2, { eachMs: 2600 })).toEqual([500, 100]);
  });

  it('reckons with those that are in hand still, after it has become less', () => {
    const reach = make();
    expect(looks(reach, 4, { inHand: 400, eachMs: 1100 })).toEqual([100, 100, 100, 100]);
  });

  it('starts over when told to, and then needs two looks again', () => {
    const reach = make();
    looks(reach, 3);
    reach.restart();
    expect(looks(reach, 2)).toEqual([100, 200]);
  });

  it('begins with the most where that is below 100', () => {
    expect(looks(make(40), 4)).toEqual([40, 40, 40, 40]);
  });

  it('shrinks at once to a most that was lowered, and grows on to one that was raised', () => {
    const reach = make(200);
    looks(reach, 4);
    reach.setMost(150);
    expect(reach.current).toBe(150);
    reach.setMost(30);
    expect(reach.current).toBe(30);
    reach.setMost(250);
    expect(reach.current).toBe(100);
    expect(looks(reach, 4)).toEqual([100, 200, 200, 250]);
  });

  it('stays over a rest, however long', () => {
    const reach = make();
    looks(reach, 8);
    now += 3_600_000;
    const one = { inHand: 1, eachMs: 250 };
    expect(looks(reach, 39, one)).toEqual(Array(39).fill(500));
    expect(look(reach, one)).toBe(100);
  });
});
