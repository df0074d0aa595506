import { ensureDependencies, projectEnv } from './lib/dependencies.mjs';
import { runVisibly } from './lib/process.mjs';
import { main, say, step } from './lib/terminal.mjs';

const checks = [
  ['ESLint', 'eslint', ['.', '--max-warnings=0']],
  ['Prettier', 'prettier', ['--check', '.']],
  [
    'dependency-cruiser',
    'depcruise',
    ['--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'test', 'bench'],
  ],
  ['TypeScript', 'tsc', ['--noEmit']],
];

const fixes = [
  ['ESLint', 'eslint', ['.', '--fix']],
  ['Prettier', 'prettier', ['--write', '--log-level=warn', '.']],
];

/** Every check runs, whatever an earlier one found, so that all problems are listed. */
await main(async (args) => {
  await ensureDependencies();
  const failed = [];
  for (const [title, command, commandArgs] of args.includes('--fix') ? fixes : checks) {
    step(title);
    if ((await runVisibly(command, commandArgs, { env: projectEnv() })) !== 0) failed.push(title);
  }
  say(failed.length === 0 ? '\nNo problems.' : `\nProblems found by: ${failed.join(', ')}.`);
  return failed.length === 0 ? 0 : 1;
});
