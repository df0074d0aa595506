import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildChaos } from './lib/build.mjs';
import { ensureDependencies, pinnedNode, projectEnv } from './lib/dependencies.mjs';
import { root, servicesDir } from './lib/paths.mjs';
import { runVisibly } from './lib/process.mjs';
import { ensureServersInstalled, ensureServices } from './lib/services.mjs';
import { slowSpecs } from './lib/slow-specs.mjs';
import { SetUpError, main, say, step } from './lib/terminal.mjs';
import { ensureTools } from './lib/tools.mjs';

const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const resultsFile = join(servicesDir, `jest-results-${process.pid}.json`);
const everyday = ['unit', 'contract', 'e2e', 'deploy'];

/**
 * Sets up what the tests need and runs jest:
 * - without arguments, the everyday tests: all but the slow specs, the clusters and the chaos selection;
 * - `--all`: every test;
 * - `--only=<project>`: one project of jest.config.js, its slow specs included.
 *
 * Everything else goes to jest as it is. Clusters and chaos run after the rest, one by one: they need the whole machine.
 */
await main(async (args) => {
  const runs = planRuns(args);
  await ensureDependencies();
  const urls = await ensureServices();
  for (const [variable, url] of Object.entries(urls)) assertOneServer(variable, url);
  await build();

  const totals = { passed: 0, failed: 0 };
  for (const { projects, jestArgs } of runs) {
    if (projects.includes('clusters') || projects.includes('chaos')) await ensureServersInstalled();
    if (projects.includes('chaos')) await buildChaos();
    if (projects.includes('deploy')) await ensureTools();
    step(`Tests: ${projects.join(', ')}`);
    const { passed, failed } = await runJest(projects, jestArgs, urls);
    totals.passed += passed;
    totals.failed += failed;
  }
  say(`\n${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed > 0 || totals.passed === 0 ? 1 : 0;
});

/** The runs of jest, each with its projects. */
function planRuns(args) {
  const jestArgs = args.filter((arg) => arg !== '--all' && !arg.startsWith('--only='));
  const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length);
  if (only) return [{ projects: [only], jestArgs }];
  if (args.includes('--all')) {
    return [everyday, ['clusters'], ['chaos']].map((projects) => ({ projects, jestArgs }));
  }
  // Whoever names files wants them, slow or not.
  if (jestArgs.some((arg) => !arg.startsWith('-'))) return [{ projects: everyday, jestArgs }];
  return [{ projects: everyday, jestArgs: [...withoutSlowSpecs(), ...jestArgs] }];
}

function withoutSlowSpecs() {
  for (const spec of slowSpecs) {
    if (existsSync(join(root, spec))) continue;
    throw new SetUpError(`${spec} does not exist: correct scripts/lib/slow-specs.mjs.`);
  }
  return slowSpecs.map((spec) => `--testPathIgnorePatterns=/${spec}$`);
}

/** The projects come last: jest would take what follows them for projects too. */
async function runJest(projects, args, urls) {
  const jestArgs = [
    '--maxWorkers=2',
    '--json',
    `--outputFile=${resultsFile}`,
    '--passWithNoTests',
    ...args,
    '--selectProjects',
    ...projects,
  ];
  mkdirSync(servicesDir, { recursive: true });
  const code = await runVisibly(pinnedNode, [jest, ...jestArgs], {
    env: projectEnv({ ...urls, NODE_ENV: 'test' }),
  });
  return summarize(code);
}

/** The tests inspect the servers with plain clients of one server; the clusters that they need they start themselves. */
function assertOneServer(variable, url) {
  if (!url.includes(',') && !url.includes('-sentinel:')) return;
  throw new SetUpError(
    `${variable} names several servers, and the tests need one: set it to one server, or unset it.`,
  );
}

/** A suite that could not even start is a failure too. */
function summarize(code) {
  const results = readResults();
  const passed = results?.numPassedTests ?? 0;
  const broken = results ? results.numRuntimeErrorTestSuites : 1;
  const failed = (results?.numFailedTests ?? 0) + broken;
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) };
}

function readResults() {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(resultsFile, { force: true });
  }
}
