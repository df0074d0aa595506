import { Deadlines } from './deadlines';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function sending(deadlines: Deadlines) {
  const started = performance.now();
  const one: { after?: number; expire(): void } = {
    expire() {
      expect(one.after).toBeUndefined();
      one.after = performance.now() - started;
    },
  };
  deadlines.begin(one);
  return one;
}

describe('Deadlines', () => {
  const expired: string[] = [];
  const named = (name: string, then: () => unknown = () => undefined) => ({
    expire: () => {
      expired.push(name);
      then();
    },
  });
  let deadlines: Deadlines;

  beforeEach(() => {
    jest.useFakeTimers();
    expired.length = 0;
    deadlines = new Deadlines(1000);
  });
  afterEach(() => jest.useRealTimers());

  it('expires each at its own time, in the order they began', () => {
    deadlines.begin(named('a'));
    jest.advanceTimersByTime(400);
    deadlines.begin(named('b'));
    jest.advanceTimersByTime(599);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(expired).toEqual(['a']);
    jest.advanceTimersByTime(399);
    expect(expired).toEqual(['a']);
    jest.advanceTimersByTime(1);
    expect(expired).toEqual(['a', 'b']);
  });

  it('leaves alone what has ended, and has no timer where all has', () => {
    const ended = named('ended');
    deadlines.begin(ended);
    deadlines.begin(named('late'));
    deadlines.end(ended);
    jest.advanceTimersByTime(5000);
    expect(expired).toEqual(['late']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives one that begins while another expires all its time', () => {
    deadlines.begin(named('first', () => deadlines.begin(named('second'))));
    jest.advanceTimersByTime(1999);
    expect(expired).toEqual(['first']);
    jest.advanceTimersByTime(1);
    expect(expired).toEqual(['first', 'second']);
  });

  it('uses one timer for many', () => {
    for (let n = 0; n < 100; n += 1) deadlines.begin(named(String(n)));
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1000);
    expect(expired).toHaveLength(100);
  });
});

describe('Deadlines by the real clock', () => {
  it('end each one after its own time, never early, and those that are over not at all', async () => {
    const deadlines = new Deadlines(60);
    const first = sending(deadlines);
    await pause(20);
    const over = sending(deadlines);
    const second = sending(deadlines);
    await pause(20);
    const third = sending(deadlines);
    deadlines.end(over);
    await deadlines.empty();
    expect(over.after).toBeUndefined();
    for (const { after } of [first, second, third]) {
      expect(after).toBeGreaterThanOrEqual(59);
      expect(after).toBeLessThan(120);
    }
  });

  it('begin anew after there was nothing for a while', async () => {
    const deadlines = new Deadlines(20);
    deadlines.end(sending(deadlines));
    await pause(30);
    const next = sending(deadlines);
    await deadlines.empty();
    expect(next.after).toBeGreaterThanOrEqual(19);
  });

  it('are empty at once when nothing is under way, and when the last one ends', async () => {
    const deadlines = new Deadlines(10_000);
    await deadlines.empty();
    const [one, other] = [sending(deadlines), sending(deadlines)];
    let empty = false;
    const emptied = deadlines.empty().then(() => (empty = true));
    deadlines.end(one);
    await pause(0);
    expect(empty).toBe(false);
    deadlines.end(other);
    await emptied;
  });
});
