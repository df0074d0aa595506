import { escape } from '../report/plot';
import type { Call } from './cpu-profile';
import { moduleOf } from './stages';

const WIDTH = 1400;
const ROW = 17;
const HEAD = 40;
/** Narrower calls, in pixels, are left out. */
const LEAST = 0.6;
/** A letter's width, about. */
const LETTER = 6.6;
const HUES = 360;

const STYLE = [
  'text { font: 11px ui-monospace, Menlo, Consolas, monospace; fill: #111 }',
  '.head { font: 600 15px sans-serif; fill: #57606a }',
  'rect { stroke: #fff; stroke-width: 0.4 }',
  'g:hover rect { stroke: #000; stroke-width: 1 }',
].join(' ');

/**
 * A flame graph as an SVG that needs nothing else: callers below, what they called above, as wide as it took; details
 * on hover, one colour a module.
 * @param cpuUs what the whole width stands for, in microseconds
 */
export function flameGraph(title: string, tree: Call, cpuUs: number): string {
  const depth = depthOf(tree);
  const height = HEAD + depth * ROW + 10;
  const scale = WIDTH / tree.total;
  const boxes: string[] = [];
  const draw = (call: Call, x: number, level: number): void => {
    const width = call.total * scale;
    if (width < LEAST) return;
    const y = height - 10 - (level + 1) * ROW;
    boxes.push(box(call, { x, y, width }, (call.total / tree.total) * cpuUs));
    let at = x;
    for (const called of call.calls.toSorted((a, b) => b.total - a.total)) {
      draw(called, at, level + 1);
      at += called.total * scale;
    }
  };
  draw(tree, 0, 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<style>${STYLE}</style>`,
    `<text class="head" x="10" y="24">${escape(title)}</text>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

function box(call: Call, at: { x: number; y: number; width: number }, us: number): string {
  const { frame } = call;
  const name = frame.functionName || '(anonymous)';
  const where = frame.url === '' ? '' : ` ${placeOf(frame.url)}:${frame.lineNumber + 1}`;
  const room = Math.floor((at.width - 4) / LETTER);
  const words = room < 3 ? '' : name.slice(0, room);
  const x = at.x.toFixed(1);
  return (
    `<g><title>${escape(`${name}${where}: ${us.toFixed(1)} us`)}</title>` +
    `<rect x="${x}" y="${at.y}" width="${at.width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(moduleOf(frame))}"/>` +
    (words
      ? `<text x="${(at.x + 2).toFixed(1)}" y="${at.y + ROW - 5}">${escape(words)}</text>`
      : '') +
    '</g>'
  );
}

/** Without the folders that lead to the checkout. */
function placeOf(url: string): string {
  return url.replace(/^file:.*?\/(?=(?:dist|node_modules|contenders)\/)/, '');
}

/** The same for the same module, in every graph. */
function colourOf(module: string): string {
  let hash = 0;
  for (const letter of module) hash = (hash * 31 + letter.charCodeAt(0)) % HUES;
  return `hsl(${hash}, 65%, 72%)`;
}

function depthOf(call: Call): number {
  return 1 + Math.max(0, ...call.calls.map(depthOf));
}
