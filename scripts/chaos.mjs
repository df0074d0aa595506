import { join } from 'node:path';
import { build, buildChaos, chaosBuildDir } from './lib/build.mjs';
import { ensureDependencies, pinnedNode, projectEnv } from './lib/dependencies.mjs';
import { servicesDir } from './lib/paths.mjs';
import { runVisibly } from './lib/process.mjs';
import { ensureServersInstalled } from './lib/services.mjs';
import { main, step } from './lib/terminal.mjs';

/**
 * Runs the chaos scenarios: builds the product and the test build, and starts the harness, which starts its own servers.
 * Arguments are passed on to it: `--only`, `--list`, `--random`, `--minutes`, `--seed`, `--mutations`.
 */
await main(async (args) => {
  await ensureDependencies();
  await ensureServersInstalled();
  await build();
  await buildChaos();
  step('Chaos');
  const harness = join(chaosBuildDir, 'test', 'chaos', 'main.js');
  const dir = join(servicesDir, 'chaos', 'run');
  return runVisibly(pinnedNode, [harness, '--dir', dir, ...args], { env: projectEnv() });
});
