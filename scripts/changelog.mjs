import { ensureDependencies } from './lib/dependencies.mjs';
import { capture } from './lib/process.mjs';
import { SetUpError, main, say } from './lib/terminal.mjs';

const form = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * Prints a draft of a release's section in CHANGELOG.md, from the commits since the last release. A person edits it and
 * puts it into the file.
 */
await main(async ([version]) => {
  if (version && !form.test(version)) {
    throw new SetUpError(`"${version}" is not a version. Give one such as 0.2.0.`);
  }
  await ensureDependencies();
  const { commitsOf } = await import('./lib/commits.mjs');
  const { sectionOf } = await import('./lib/changelog.mjs');
  const last = await capture('git', ['describe', '--tags', '--abbrev=0', '--match=v*']);
  const range = last.code === 0 ? `${last.stdout.trim()}..HEAD` : 'HEAD';
  const today = new Date().toISOString().slice(0, 10);
  say(sectionOf(await commitsOf(range), version ? `[${version}] - ${today}` : '[Unreleased]'));
});
