import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { ensureDependencies, projectEnv } from './lib/dependencies.mjs';
import { root } from './lib/paths.mjs';
import { runVisibly } from './lib/process.mjs';
import { main, say } from './lib/terminal.mjs';

/** Looks at all that push-service would depend on with this environment. */
await main(async (args) => {
  await ensureDependencies();
  await build();
  say();
  const entry = join(root, 'dist', 'apps', 'push-service', 'src', 'main.js');
  return runVisibly('node', [entry, 'preflight', ...args], { env: projectEnv() });
});
