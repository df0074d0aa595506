import { ensureDependencies } from './lib/dependencies.mjs';
import { SetUpError, main, say } from './lib/terminal.mjs';

/** Checks that the commits of a range, such as `main..HEAD`, are conventional commits. */
await main(async ([range]) => {
  if (!range) throw new SetUpError('Which commits? For example: npm run commits -- main..HEAD');
  await ensureDependencies();
  const { commitsOf } = await import('./lib/commits.mjs');
  const commits = await commitsOf(range);
  const wrong = commits.filter(({ problem }) => problem);
  for (const { hash, header, problem } of wrong) say(`${hash} "${header}" ${problem}`);
  say(`${commits.length} commits, ${wrong.length} to be reworded`);
  return wrong.length > 0 ? 1 : 0;
});
