import { Deadlines } from './deadlines';

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
