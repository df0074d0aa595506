import { plot } from './plot';

describe('plot', () => {
  const svg = plot(
    'Rates & more',
    [
      {
        title: '0 ms',
        bars: [
          { label: 'bare', value: 4000 },
          { label: 'service', value: 2000 },
        ],
      },
    ],
    'a <machine>',
  );
  const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) =>
    Number(width),
  );

  it('has bars in proportion', () => {
    expect(widths).toHaveLength(2);
    expect(widths[0]).toBeCloseTo((widths[1] ?? 0) * 2, 0);
  });

  it('says what each bar is', () => {
    for (const words of ['bare', '4,000/s', 'service', '2,000/s']) expect(svg).toContain(words);
  });

  it('knows a dark ground', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('escapes what is no markup', () => {
    expect(svg).toContain('Rates &amp; more');
    expect(svg).toContain('a &lt;machine&gt;');
  });

  it('is the same for the same figures', () => {
    expect(plot('t', [{ title: 'g', bars: [] }], 'n')).toBe(
      plot('t', [{ title: 'g', bars: [] }], 'n'),
    );
  });
});
