/** Notifications a second of each contender at one latency. */
export interface PlotGroup {
  title: string;
  bars: readonly { label: string; value: number }[];
}

const WIDTH = 720;
const LEFT = 160;
const BAR = 22;
const GAP = 6;
const GROUP_HEAD = 30;
const GROUP_GAP = 16;
const HEAD = 44;
const FOOT = 28;
/** Room for a figure to the right of the longest bar. */
const FIGURE = 90;

/** Read well on GitHub's light and on its dark ground. */
const STYLE = [
  'text { font: 13px -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }',
  '.title { font-weight: 600; font-size: 15px }',
  '.group { font-weight: 600 }',
  '.note { font-size: 11px; fill: #59636e }',
  '.bare { fill: #8c959f } .service { fill: #0969da } .typical { fill: #bc4c00 }',
  '@media (prefers-color-scheme: dark) {',
  'text { fill: #f0f6fc } .note { fill: #9198a1 }',
  '.bare { fill: #656c76 } .service { fill: #4493f8 } .typical { fill: #db6d28 }',
  '}',
].join(' ');

/** Bars of notifications a second, as an SVG that needs nothing else. @param note on what it was measured */
export function plot(title: string, groups: readonly PlotGroup[], note: string): string {
  const most = Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const scale = (WIDTH - LEFT - FIGURE) / most;
  const parts: string[] = [];
  let y = HEAD;
  for (const group of groups) {
    parts.push(text('group', 16, y + 14, group.title));
    y += GROUP_HEAD;
    for (const { label, value } of group.bars) {
      const width = Math.max(1, value * scale);
      const middle = y + BAR / 2 + 5;
      parts.push(
        `<text x="${LEFT - 8}" y="${middle}" text-anchor="end">${escape(label)}</text>`,
        `<rect class="${escape(label)}" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>`,
        text('figure', LEFT + width + 8, middle, `${Math.round(value).toLocaleString('en')}/s`),
      );
      y += BAR + GAP;
    }
    y += GROUP_GAP;
  }
  const height = y + FOOT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}</style>`,
    text('title', 16, 26, title),
    ...parts,
    text('note', 16, height - 10, note),
    '</svg>',
    '',
  ].join('\n');
}

function text(kind: string, x: number, y: number, words: string): string {
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escape(words)}</text>`;
}

export function escape(words: string): string {
  return words
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
