// The container engine runs this: exit code 0 while the container's app answers on its port.
const apps = {
  'api-gateway': [8000, '/api/v1/health/live'],
  'user-service': [8001, '/api/v1/health/live'],
  'push-service': [8003, '/api/v1/health/live'],
  'fcm-emulator': [8004, '/emulator/stats'],
};
const [usualPort, path] = apps[process.env.APP];

try {
  const url = `http://127.0.0.1:${process.env.PORT || usualPort}${path}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(2500) });
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(error.cause?.message ?? error.message);
  process.exitCode = 1;
}
