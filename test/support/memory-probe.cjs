/* Loaded into an app's process before the app: on SIGUSR2 it collects garbage and records how much memory is in use. */
const { appendFileSync } = require('node:fs');

process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  appendFileSync(process.env.MEMORY_FILE, `${heapUsed + external}\n`);
});
