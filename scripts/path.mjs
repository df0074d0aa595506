import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { root } from './lib/paths.mjs';
import { measureCalls } from './lib/path-coverage.mjs';
import { ensureServices } from './lib/services.mjs';
import { main, say, step } from './lib/terminal.mjs';

const usage = `Usage: npm run path -- [--max-functions 200] [--max-files 45] [--notifications 50] [--list]

Counts the functions of apps/ and libs/ that push-service calls for one delivered notification, from the broker's
delivery to the ack, and the files they are in. Exit code 1 above the limits. --list prints every function.
The getters that the compiler makes of exports are left out; the last line but one has the figures with them.`;

await main(async (args) => {
  const options = parseOptions(args);
  if (!options) return 2;
  await ensureDependencies();
  const urls = await ensureServices();
  await build();
  const called = await measureCalls(urls, options.notifications);
  return report(called, options);
});

function parseOptions(args) {
  const number = (fallback) => ({ type: 'string', default: String(fallback) });
  try {
    const { values } = parseArgs({
      args,
      options: {
        'max-functions': number(200),
        'max-files': number(45),
        notifications: number(50),
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) throw new Error(usage);
    const limits = ['max-functions', 'max-files', 'notifications'].map((name) => {
      const value = Number(values[name]);
      if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} is a number from 1.`);
      return value;
    });
    const [maxFunctions, maxFiles, notifications] = limits;
    return { maxFunctions, maxFiles, notifications, list: values.list };
  } catch (error) {
    say(error.message);
    return undefined;
  }
}

function report(calledWithExports, { maxFunctions, maxFiles, notifications, list }) {
  const called = calledWithExports.filter(({ isExport }) => !isExport);
  const byFile = Map.groupBy(called, ({ file }) => file);
  step('Functions on the path of one delivered notification');
  const rows = [...byFile].sort(([a, some], [b, others]) =>
    some.length === others.length ? (a < b ? -1 : 1) : others.length - some.length,
  );
  for (const [file, functions] of rows) {
    say(`${String(functions.length).padStart(5)}  ${file}`);
    if (!list) continue;
    for (const { line, name, calls } of functions.sort((a, b) => a.line - b.line)) {
      const each = (calls / notifications).toFixed(1);
      say(`       ${each.padStart(7)} calls each  ${name || '(anonymous)'}, line ${line}`);
    }
  }
  const { lines, files } = sizeOfSources();
  say(`\napps and libs without specs: ${lines} lines in ${files} files`);
  const filesWithExports = new Set(calledWithExports.map(({ file }) => file)).size;
  say(`with export getters: functions ${calledWithExports.length}, files ${filesWithExports}`);
  say(`functions ${called.length}, files ${byFile.size}`);
  if (called.length <= maxFunctions && byFile.size <= maxFiles) return 0;
  say(`More than the limits: ${maxFunctions} functions, ${maxFiles} files.`);
  return 1;
}

/** Lines and files of TypeScript in apps/ and libs/, specs left out. */
function sizeOfSources() {
  const files = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
      .map((file) => join(root, folder, file)),
  );
  const lines = files.map((file) => readFileSync(file, 'utf8').split('\n').length - 1);
  return { files: files.length, lines: lines.reduce((sum, one) => sum + one, 0) };
}
