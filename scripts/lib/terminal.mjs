/** What the scripts print. */

/** A failure whose message says what to do: printed without a stack. */
export class SetUpError extends Error {}

export function say(text = '') {
  console.log(text);
}

export function step(title) {
  say(`\n==> ${title}`);
}

/** Prints what is being done, every ten seconds for as long as it takes. */
export async function whileShowing(label, work) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  say(`    ${label} ...`);
  const ticker = setInterval(() => say(`    ${label} ... ${seconds()} s`), 10_000);
  try {
    const result = await work();
    say(`    ${label}: done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}

export function indent(text, by = '    ') {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => by + line)
    .join('\n');
}

/** Runs a script's body; the result is its exit code. */
export async function main(body) {
  try {
    const [major] = process.versions.node.split('.').map(Number);
    if (major < 20) throw new SetUpError(`Node 20 or later is needed, this is ${process.version}.`);
    process.exitCode = (await body(process.argv.slice(2))) ?? 0;
  } catch (error) {
    console.error(error instanceof SetUpError ? `\nError: ${error.message}` : error);
    process.exitCode = 1;
  }
}
