import { table } from './table';

describe('table', () => {
  it('is Markdown with its columns under each other', () => {
    const lines = [
      ['bare', '4000', '180'],
      ['service, defaults', '900'],
    ];
    expect(table(['contender', '/s', 'us'], lines)).toBe(
      [
        '| contender         |   /s |  us |',
        '| ----------------- | ---: | --: |',
        '| bare              | 4000 | 180 |',
        '| service, defaults |  900 |     |',
      ].join('\n'),
    );
  });
});
