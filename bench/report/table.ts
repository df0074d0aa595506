/** A table for a terminal that is Markdown as well: the first column to the left, figures to the right. */
export function table(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  const all = [columns, ...lines];
  const widths = columns.map((_, at) => Math.max(3, ...all.map((line) => (line[at] ?? '').length)));
  const text = all.map((line) =>
    widths.map((width, at) => {
      const cell = line[at] ?? '';
      return at === 0 ? cell.padEnd(width) : cell.padStart(width);
    }),
  );
  const rule = widths.map((width, at) =>
    at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const [head = [], ...rest] = text;
  return [head, rule, ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
