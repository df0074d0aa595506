/* Loaded into an app's process before it: tells on SIGUSR2 how much memory is in use, garbage left out. */
process.on('SIGUSR2', () => {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ message: 'memory', bytes: heapUsed + external })}\n`);
});
