// Writes docs/performance.md: performance.md.tmpl with the figures of a full run's JSON. Placeholders of the same kind in
// README.md, docs/operations.md and docs/claims.md are filled in place.
//
//   node bench/page/fill.mjs [--root DIR] [--results FILE] [--profile FILE] [--again] [--dry]
//
// --root     the checkout (default: the current folder)
// --results  default: ROOT/bench/results/latest.json
// --profile  what `npm run bench -- --profile` printed (its stage table); default .services/bench/profile.log if there
// --again    start from the pages as they were before they were last filled (kept in .services/bench/pages)
// --dry      print, write nothing
//
// What cannot be filled is left, named, and makes the exit code 1; so do {{GAP: ...}}s, which are for people.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: {
    root: { type: 'string', default: process.cwd() },
    results: { type: 'string' },
    profile: { type: 'string' },
    again: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
  },
});
const PAGES = ['docs/performance.md', 'README.md', 'docs/operations.md', 'docs/claims.md'];
const TEMPLATE = join(args.root, 'bench/page/performance.md.tmpl');
const KEPT = join(args.root, '.services/bench/pages');
const results = args.results ?? join(args.root, 'bench/results/latest.json');
const profileFile = args.profile ?? '.services/bench/profile.log';

const { machine, settings, verdicts, rows } = JSON.parse(readFileSync(results, 'utf8'));

class Missing extends Error {}
const need = (value, what) => {
  if (value === undefined || value === null || Number.isNaN(value)) throw new Missing(what);
  return value;
};
const thousands = (n) => Math.round(n).toLocaleString('en');
const cellText = (text) =>
  String(text).replace(/(?<![\d.,])\d{4,}(?![\d.])/g, (n) => thousands(Number(n)));

/** Figures: rates and counts with thousands, ratios and small ones with two digits. */
function plain(value, name) {
  if (typeof value !== 'number') return String(value);
  if (name.includes('/')) return value.toFixed(2);
  if (/ms$|MB/.test(name) && value < 10) return value.toFixed(2);
  return thousands(value);
}

function table(columns, lines) {
  const used = columns.map(
    (name, at) => name !== '' || at === 0 || lines.some((line) => (line[at] ?? '') !== ''),
  );
  const pick = (cells) =>
    cells.filter((_, at) => used[at]).map((cell) => cellText(cell ?? '').replaceAll('*', '\\*'));
  const rule = pick(columns.map((_, at) => (at === 0 ? '---' : '---:')));
  return [pick(columns), rule, ...lines.map((line) => pick(columns.map((_, at) => line[at] ?? '')))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

const row = (name) => need(rows[name], `row ${name}`);

function rowTable(name) {
  const { columns, lines, notes, problems } = row(name);
  const more = [
    ...notes.filter((note) => note.startsWith('*')).map((note) => `\\${note}.`),
    ...problems.map((problem) => `**PROBLEM: ${problem}**`),
  ];
  return [table(columns, lines), ...more].join('\n\n');
}

/** All rows that set bare, service and typical side by side, in one table. */
function comparisons() {
  const names = Object.keys(rows).filter((name) => /^\d+ms(-|$)/.test(name));
  const parsed = names.map((name) => {
    const [, ms, instances = '1', devices = '1'] =
      /^(\d+)ms(?:-(\d+)instances)?(?:-(\d+)devices)?$/.exec(name) ?? [];
    return { name, ms: Number(ms), instances: Number(instances), devices: Number(devices) };
  });
  parsed.sort((a, b) => a.instances - b.instances || a.devices - b.devices || a.ms - b.ms);
  if (parsed.length === 0) throw new Missing('comparison');
  if (parsed.length !== 12)
    console.error(`NOTE: ${parsed.length} of 12 comparisons are in the results`);
  const columns = [
    'FCM, ms',
    'instances',
    'devices',
    'bare /s',
    'service /s',
    'typical /s',
    'service/ bare',
    'service/ typical',
    'bare us',
    'service us',
    'typical us',
    'CPU, service/ bare',
  ];
  let cut = false;
  const lines = parsed.map(({ name, ms, instances, devices }) => {
    const { figures, lines: own } = row(name);
    const star = (label) => {
      const capped = own.find(([first]) => first === label)?.at(-1) === '*';
      cut ||= capped;
      return capped ? ' *' : '';
    };
    const rate = (label) =>
      cellText(thousands(need(figures[`${label} rate`], `${name} ${label}`))) + star(label);
    const ratio = (figure) => need(figures[figure], `${name} ${figure}`).toFixed(2);
    const cpu = (label) => thousands(need(figures[`${label} CPU`], `${name} ${label}`));
    return [
      String(ms),
      String(instances),
      String(devices),
      rate('bare'),
      rate('service'),
      rate('typical'),
      ratio('service/bare rate'),
      ratio('service/typical rate'),
      cpu('bare'),
      cpu('service'),
      cpu('typical'),
      ratio('service/bare CPU'),
    ];
  });
  const problems = parsed.flatMap(({ name }) =>
    row(name).problems.map((one) => `**PROBLEM: ${name}: ${one}**`),
  );
  return [
    table(columns, lines),
    ...(cut
      ? ['\\* cut short when its time was over; the rate is that of what was done in it.']
      : []),
    ...problems,
  ].join('\n\n');
}

function wanted({ atLeast, atMost, below }) {
  if (atLeast !== undefined) return `>= ${atLeast}`;
  return below === undefined ? `<= ${atMost ?? ''}` : `< ${below}`;
}

function targets() {
  if (verdicts.length === 0) throw new Missing('verdicts');
  const lines = verdicts.map(({ target, value, met }) => [
    target.says,
    wanted(target),
    // JSON has no NaN.
    value === null ? 'not measured' : String(Number(value.toFixed(value < 100 ? 2 : 0))),
    met ? 'met' : '**missed**',
  ]);
  // Bold is wanted here: the escaping of the other tables is not.
  return table(['target', 'wanted', 'measured', ''], lines).replaceAll('\\*', '*');
}

function machineText() {
  const { cpu, cores, memoryGb, node, rabbitmq, redis, date, commit } = machine;
  const later = Object.keys(rows).filter((name) => rows[name].machine);
  const again =
    later.length > 0
      ? ` (the rows ${later.join(', ')}: commit ${rows[later[0]].machine.commit})`
      : '';
  return `${cpu}, ${cores} cores, ${memoryGb} GB, Node ${node}, RabbitMQ ${rabbitmq}, Redis ${redis}, on ${date}, commit ${commit}${again}`;
}

/** The stage table of a profile: cells by stage and contender. */
const stages = new Map();
if (existsSync(profileFile)) {
  const lines = readFileSync(profileFile, 'utf8').split('\n');
  const from = lines.findLastIndex((line) => line.startsWith('| stage, us'));
  const cells = (line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [, ...labels] = from < 0 ? [] : cells(lines[from]);
  for (let at = from + 2; from >= 0 && lines[at]?.startsWith('|'); at += 1) {
    const [stage, ...figures] = cells(lines[at]);
    labels.forEach((label, index) => stages.set(`${stage}, ${label}`, figures[index]));
  }
} else console.error(`NOTE: no profile at ${profileFile}`);

/** What stands for one placeholder. */
function fill(text) {
  if (text === 'machine') return machineText();
  if (text === 'targets') return targets();
  if (text === 'targets met') return String(verdicts.filter(({ met }) => met).length);
  if (text === 'targets all') return String(verdicts.length);
  if (text === 'comparisons') return comparisons();
  const [, kind = '', what = ''] = /^([^:]+): (.+)$/.exec(text) ?? [];
  switch (kind) {
    case 'table':
      return rowTable(what);
    case 'stage':
      return need(stages.get(what), `stage ${what}`);
    case 'machine':
      return (
        ({ rabbitmq: 'RabbitMQ ', redis: 'Redis ' }[what] ?? '') + String(need(machine[what], what))
      );
    case 'settings':
      return thousands(need(settings[what], what));
    default: {
      // `row: figure`, `row: figure %`, `row: first cell | column`
      const percent = what.endsWith(' %');
      const name = percent ? what.slice(0, -2) : what;
      const { figures, columns, lines } = row(kind);
      if (name.includes(' | ')) {
        const [first, column] = name.split(' | ');
        const line = need(
          lines.find(([cell]) => cell === first),
          first,
        );
        return cellText(need(line[columns.indexOf(column)], column));
      }
      if (kind === 'linearity' && name === 'steps') return String(lines.length);
      // What a report costs beside the same without it.
      const value =
        kind === 'relay' && name === 'cost'
          ? figures['service, reporting CPU'] - figures['service CPU']
          : need(figures[name], name);
      return percent ? `${Math.round(value * 100)}%` : plain(need(value, name), name);
    }
  }
}

let left = 0;
for (const page of PAGES) {
  const file = join(args.root, page);
  const kept = join(KEPT, page);
  const from = page === 'docs/performance.md' ? TEMPLATE : file;
  const now = readFileSync(args.again && existsSync(kept) ? kept : from, 'utf8');
  if (!now.includes('{{') || !/\{\{(?!\w+\}\})/.test(now)) {
    console.error(`${page}: nothing to fill`);
    continue;
  }
  const said = [];
  // Names in code, such as `Welcome {{name}}!`, are no placeholders of ours.
  const filled = now.replace(/\{\{([^{}]+)\}\}/g, (whole, text, at) => {
    const line = now.slice(0, at).split('\n').length;
    if (/^GAP:/.test(text)) {
      said.push(`${page}:${line}: ${whole}`);
      return whole;
    }
    if (/^(name|who)$/.test(text)) return whole;
    try {
      return fill(text);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      said.push(`${page}:${line}: ${whole}: there is no ${error.message}`);
      return whole;
    }
  });
  left += said.length;
  for (const one of said) console.error(one);
  if (args.dry) {
    console.log(`\n===== ${page}\n${filled}`);
    continue;
  }
  mkdirSync(dirname(kept), { recursive: true });
  writeFileSync(kept, now);
  writeFileSync(file, filled);
  console.error(`${page}: filled`);
}
process.exitCode = left > 0 ? 1 : 0;
