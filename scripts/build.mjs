import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { main } from './lib/terminal.mjs';

await main(async () => {
  await ensureDependencies();
  await build();
});
