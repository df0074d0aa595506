import { jumps } from './growth';

describe('jumps', () => {
  it('finds the step at which a unit costs more than 1.3 times as much', () => {
    const steps = [
      { size: 1, cost: 100 },
      { size: 10, cost: 129 },
      { size: 100, cost: 170 },
    ];
    expect(jumps(steps)).toEqual([{ size: 100, cost: 170 }]);
  });

  it('finds none where a unit costs less as there are more', () => {
    expect(
      jumps([
        { size: 1, cost: 500 },
        { size: 10, cost: 200 },
      ]),
    ).toEqual([]);
  });
});
