import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { ensureDependencies, pinnedNode, projectEnv } from './lib/dependencies.mjs';
import { root, servicesDir } from './lib/paths.mjs';
import { capture, runVisibly } from './lib/process.mjs';
import { ensureServices } from './lib/services.mjs';
import { SetUpError, indent, main, say, step } from './lib/terminal.mjs';

const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const resultsFile = join(servicesDir, `jest-results-${process.pid}.json`);

/**
 * Sets up what the tests need and runs jest; arguments go to jest as they are, but for
 * `--only=<project>`, which comes last there: jest would take what follows it for projects too.
 */
await main(async (args) => {
  await ensureDependencies();
  const urls = await ensureServices();
  await build();
  await checkComposeFile();

  step('Tests');
  const only = args.find((arg) => arg.startsWith('--only='))?.slice('--only='.length);
  const jestArgs = [
    '--maxWorkers=2',
    '--json',
    `--outputFile=${resultsFile}`,
    ...args.filter((arg) => !arg.startsWith('--only=')),
    ...(only ? ['--selectProjects', only] : []),
  ];
  const code = await runVisibly(pinnedNode, [jest, ...jestArgs], {
    env: projectEnv({ ...urls, NODE_ENV: 'test' }),
  });
  summarize(code);
  return code;
});

/** Needs no engine; where the command is not installed there is nothing to check with. */
async function checkComposeFile() {
  const { code, stderr } = await capture('docker-compose', ['config', '--quiet']);
  if (code === 127) return;
  step('docker-compose config');
  if (code !== 0) throw new SetUpError(`docker-compose.yml is not valid:\n${indent(stderr)}`);
  say('    docker-compose.yml is valid');
}

/** One line for machines. A suite that could not even start is a failure too. */
function summarize(code) {
  const results = readResults();
  const passed = results?.numPassedTests ?? 0;
  const broken = results ? results.numRuntimeErrorTestSuites : 1;
  const failed = (results?.numFailedTests ?? 0) + broken;
  say(`\n${passed} passed, ${code !== 0 ? Math.max(failed, 1) : failed} failed`);
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
