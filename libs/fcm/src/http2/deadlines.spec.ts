import { Deadlines } from './deadlines';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function sending(deadlines: Deadlines<{ expire(): void }>) {
  const started = performance.now();
  const one: { after?: number; expire(): void } = {
    expire() {
      expect(one.after).toBeUndefined();
      one.after = performance.now() - started;
    },
  };
  deadlines.add(one);
  return one;
}

describe('Deadlines', () => {
  it('end each one after its own time, never early, and those that are over not at all', async () => {
    const deadlines = new Deadlines(60);
    const first = sending(deadlines);
    await pause(20);
    const over = sending(deadlines);
    const second = sending(deadlines);
    await pause(20);
    const third = sending(deadlines);
    deadlines.delete(over);
    await deadlines.empty();
    expect(over.after).toBeUndefined();
    for (const { after } of [first, second, third]) {
      expect(after).toBeGreaterThanOrEqual(59);
      expect(after).toBeLessThan(120);
    }
  });

  it('begin anew after there was nothing for a while', async () => {
    const deadlines = new Deadlines(20);
    deadlines.delete(sending(deadlines));
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
    deadlines.delete(one);
    await pause(0);
    expect(empty).toBe(false);
    deadlines.delete(other);
    await emptied;
  });
});
