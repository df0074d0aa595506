/* Loaded into an app's process before it: on SIGUSR2 it notes how much memory is in use, garbage left out. */
const { appendFileSync } = require('node:fs');

process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  appendFileSync(process.env.MEMORY_FILE, `${heapUsed + external}\n`);
});
