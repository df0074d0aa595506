/**
 * Loaded into an app by `node --require`: counts calls of functions with V8's precise coverage. A message `take` from
 * the parent process is answered with the counts since the last one: `[{ url, functions: [{ start, count, name }] }]`.
 */
const { Session } = require('node:inspector');

const session = new Session();
session.connect();

function post(method, params) {
  return new Promise((resolve, reject) =>
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
  );
}

const started = post('Profiler.enable').then(() =>
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: false }),
);

process.on('message', async (message) => {
  if (message !== 'take') return;
  await started;
  const { result } = await post('Profiler.takePreciseCoverage');
  process.send(
    result
      .filter(({ url }) => /[/]dist[/](?:apps|libs)[/]/.test(url))
      .map(({ url, functions }) => ({
        url,
        functions: functions
          .map(({ functionName, ranges: [{ startOffset, endOffset, count }] }) => ({
            name: functionName,
            start: startOffset,
            end: endOffset,
            count,
          }))
          .filter(({ count }) => count > 0),
      })),
  );
});
// The app ends without waiting for more messages.
process.channel.unref();
