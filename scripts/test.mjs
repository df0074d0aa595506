import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, buildChaos } from './lib/build.mjs';
import { ensureDependencies, pinnedNode, projectEnv } from './lib/dependencies.mjs';
import { root, servicesDir } from './lib/paths.mjs';
import { runVisibly } from './lib/process.mjs';
import { ensureServersInstalled, ensureServices } from './lib/services.mjs';
import { SetUpError, main, say, step } from './lib/terminal.mjs';
import { ensureTools } from './lib/tools.mjs';

const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const resultsFile = join(servicesDir, `jest-results-${process.pid}.json`);

/**
 * Sets up what the tests need and runs jest; arguments go to jest as they are, but for `--only=<project>`. Clusters
 * take much of a machine, and the chaos selection breaks things under load: they have it to themselves, one by one.
 */
await main(async (args) => {
  await ensureDependencies();
  const urls = await ensureServices();
  for (const [variable, url] of Object.entries(urls)) assertOneServer(variable, url);
  await build();

  const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length);
  const rest = args.filter((arg) => !arg.startsWith('--only='));
  const runs = only ? [[only]] : [['unit', 'contract', 'e2e', 'deploy'], ['clusters'], ['chaos']];
  const totals = { passed: 0, failed: 0 };
  for (const projects of runs) {
    if (projects.includes('clusters') || projects.includes('chaos')) await ensureServersInstalled();
    if (projects.includes('chaos')) await buildChaos();
    if (projects.includes('deploy')) await ensureTools();
    step(`Tests: ${projects.join(', ')}`);
    const { passed, failed } = await runJest(projects, rest, urls);
    totals.passed += passed;
    totals.failed += failed;
  }
  say(`\n${totals.passed} passed, ${totals.failed} failed`);
  return totals.failed > 0 || totals.passed === 0 ? 1 : 0;
});

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

/** The tests look behind the apps, with clients of one server; they start the clusters they need themselves. */
function assertOneServer(variable, url) {
  if (!url.includes(',') && !url.includes('-sentinel:')) return;
  throw new SetUpError(
    `${variable} leads to several servers, and the tests need one: set it to that, or unset it.`,
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
