// Loaded before push-service (node --require): counts calls by V8's precise coverage. On SIGUSR2 the counts since the last
// signal are written to PATH_COVERAGE_FILE.
const { Session } = require('node:inspector');
const { renameSync, writeFileSync } = require('node:fs');

const session = new Session();
session.connect();
const post = (method, params) =>
  new Promise((resolve, reject) =>
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
  );
const file = process.env.PATH_COVERAGE_FILE;

void post('Profiler.enable').then(() =>
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: false }),
);

process.on('SIGUSR2', async () => {
  const { result } = await post('Profiler.takePreciseCoverage');
  writeFileSync(`${file}.part`, JSON.stringify(result));
  renameSync(`${file}.part`, file);
});
