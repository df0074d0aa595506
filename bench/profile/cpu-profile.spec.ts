import { callTree, eachSelf, type CpuProfile } from './cpu-profile';

const frame = (functionName: string) => ({ functionName, url: '', lineNumber: 0 });

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 4] },
    { id: 2, callFrame: frame('work'), children: [3] },
    { id: 3, callFrame: frame('parse') },
    { id: 4, callFrame: frame('(idle)') },
  ],
  startTime: 1000,
  samples: [2, 3, 4, 3, 2],
  timeDeltas: [0, 100, 50, 1000, 10],
};

describe('callTree', () => {
  it('gives each sample the time until the next, and leaves waiting out', () => {
    const tree = callTree(profile, { from: 0, to: Infinity });
    expect(tree).toMatchObject({ self: 0, total: 160 });
    expect(tree.calls).toMatchObject([{ self: 100, total: 160, calls: [{ self: 60 }] }]);
  });

  it('looks at its window only', () => {
    expect(callTree(profile, { from: 1001, to: 1100 }).total).toBe(50);
  });

  it('refuses a window without a sample', () => {
    expect(() => callTree(profile, { from: 0, to: 1 })).toThrow('no sample');
  });
});

describe('eachSelf', () => {
  it('tells the way to whatever took time', () => {
    const ways: string[] = [];
    eachSelf(callTree(profile, { from: 0, to: Infinity }), (self, stack) =>
      ways.push(`${self} ${stack.map(({ functionName }) => functionName).join(' < ')}`),
    );
    expect(ways).toEqual(['100 work < (root)', '60 parse < work < (root)']);
  });
});
