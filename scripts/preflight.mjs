import { build } from './lib/build.mjs';
import { ensureDependencies, projectEnv } from './lib/dependencies.mjs';
import { entryOf } from './lib/paths.mjs';
import { runVisibly } from './lib/process.mjs';
import { main, say } from './lib/terminal.mjs';

/** Checks everything that push-service would depend on with this environment. */
await main(async (args) => {
  await ensureDependencies();
  await build();
  say();
  return runVisibly('node', [entryOf('push-service'), 'preflight', ...args], { env: projectEnv() });
});
