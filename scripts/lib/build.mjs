import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { projectEnv } from './dependencies.mjs';
import { apps, entryOf, root, servicesDir } from './paths.mjs';
import { capture } from './process.mjs';
import { SetUpError, indent, step, whileShowing } from './terminal.mjs';

/** Files of an app that are not code and are copied beside it. */
const assets = ['apps/push-service/templates'];

/**
 * Compiles all apps and libraries into `dist/`, in the folders they have in the source. The Nest CLI
 * builds the whole workspace whichever app it is asked for, so one call does.
 */
export async function build() {
  step('Building');
  const dist = join(root, 'dist');
  await whileShowing('nest build', async () => {
    // What is left of deleted sources could still be imported.
    rmSync(dist, { recursive: true, force: true });
    const { code, stdout, stderr } = await capture('nest', ['build', 'push-service'], {
      env: projectEnv(),
      timeoutMs: 120_000,
    });
    const missing = apps.filter((app) => !existsSync(entryOf(app)));
    if (code !== 0 || missing.length > 0) {
      const what = missing.length > 0 ? ` and left no main.js for ${missing.join(', ')}` : '';
      throw new SetUpError(`The build failed${what}:\n${indent(stdout + stderr)}`);
    }
  });
  for (const folder of assets.filter((path) => existsSync(join(root, path)))) {
    mkdirSync(join(dist, folder), { recursive: true });
    cpSync(join(root, folder), join(dist, folder), { recursive: true });
  }
}

/** Folder of the test build: push-service with fault points, and the harness that uses it. */
export const chaosBuildDir = join(servicesDir, 'chaos', 'build');

/** Compiles what `test/chaos` needs, beside the product and never into it. */
export async function buildChaos() {
  step('Building the chaos harness');
  const sources = ['apps', 'libs', 'test/chaos', 'test/support'];
  await compile('The chaos harness', sources, chaosBuildDir);
}

/** Folder of the built benchmark. */
export const benchBuildDir = join(servicesDir, 'bench', 'build');

/** Compiles the benchmark, beside the product and never into it. */
export async function buildBench() {
  step('Building the bench');
  await compile('The bench', ['bench'], benchBuildDir);
}

async function compile(what, sources, outDir) {
  rmSync(outDir, { recursive: true, force: true });
  const { code, stdout, stderr } = await capture(
    'swc',
    [...sources, '--ignore', '**/*.spec.ts', '--out-dir', outDir, '--quiet'],
    { env: projectEnv(), timeoutMs: 120_000 },
  );
  if (code !== 0) throw new SetUpError(`${what} could not be built:\n${indent(stdout + stderr)}`);
}
