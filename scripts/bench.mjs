import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { benchBuildDir, build, buildBench } from './lib/build.mjs';
import { ensureDependencies, pinnedNode, projectEnv } from './lib/dependencies.mjs';
import { root } from './lib/paths.mjs';
import { ensureServices } from './lib/services.mjs';
import { main, step } from './lib/terminal.mjs';

/**
 * Measures what a notification costs: builds the product and the bench, sets up RabbitMQ and Redis, and runs the bench.
 * Arguments are passed on to it; `npm run bench -- --help` lists them.
 */
await main(async (args) => {
  await ensureDependencies();
  await buildBench();
  await build();
  const urls = await ensureServices();
  step('Bench');
  return run([join(benchBuildDir, 'bench', 'main.js'), ...args], projectEnv(urls));
});

/** Runs it to its end and passes signals on, because it has to clean up. It notices by the IPC channel when we are killed. */
function run(args, env) {
  const child = spawn(pinnedNode, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}
