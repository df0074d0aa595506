import { Line, type InLine } from './line';

interface Thing extends InLine<Thing> {
  name: string;
}

function lineOf(names: string): [Line<Thing>, ...Thing[]] {
  const line = new Line<Thing>();
  const things = names.split('').map((name): Thing => ({ name }));
  for (const thing of things) line.add(thing);
  return [line, ...things];
}

/** Takes all out, first come first served. */
function rest(line: Line<Thing>): string {
  let names = '';
  for (let thing = line.first; thing; thing = line.first) {
    names += thing.name;
    line.delete(thing);
  }
  return names;
}

describe('Line', () => {
  it('keeps the order in which things came', () => {
    const [line] = lineOf('abc');
    expect([...line].map(({ name }) => name).join('')).toBe('abc');
    expect(line.size).toBe(3);
    expect(rest(line)).toBe('abc');
    expect(line.first).toBeUndefined();
    expect(line.size).toBe(0);
  });

  it.each([
    ['first', 0, 'bc'],
    ['in the middle', 1, 'ac'],
    ['last', 2, 'ab'],
  ])('lets one leave that is %s, once', (_, at, others) => {
    const [line, ...things] = lineOf('abc');
    const leaving = things[at] as Thing;
    expect(line.delete(leaving)).toBe(true);
    expect(line.delete(leaving)).toBe(false);
    line.add({ name: 'd' });
    expect(rest(line)).toBe(`${others}d`);
  });

  it('can be gone through while what it gives leaves', () => {
    const [line] = lineOf('abc');
    for (const thing of line) line.delete(thing);
    expect(line.size).toBe(0);
  });

  it('takes one again that has left', () => {
    const [line, a] = lineOf('abc');
    if (a === undefined) throw new Error('there is one');
    line.delete(a);
    line.add(a);
    expect(rest(line)).toBe('bca');
  });

  it('leaves no way from what has left to what has not', () => {
    const [line, , b] = lineOf('abc');
    const place = b?.place;
    if (b) line.delete(b);
    expect(b?.place).toBeUndefined();
    expect(place).toEqual({ item: b, before: undefined, after: undefined });
  });
});
