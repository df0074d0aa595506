import { build } from './lib/build.mjs';
import { refuseSharedQueue } from './lib/consumers.mjs';
import { clearLeftovers } from './lib/demo-record.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { runDemo } from './lib/guide.mjs';
import { ensureServices } from './lib/services.mjs';
import { describeStack, startStack, stopStack, untilOneEnds } from './lib/stack.mjs';
import { SetUpError, main, say, step } from './lib/terminal.mjs';

await main(async (args) => {
  const stack = describeStack();
  await clearLeftovers();
  await ensureDependencies();
  const urls = await ensureServices();
  await build();
  await refuseSharedQueue(urls.RABBITMQ_URL);

  const staysUp = !args.includes('--exit');
  const interrupted = untilInterrupted();
  let shown;
  let failed;
  try {
    await Promise.race([startStack(stack, urls), interrupted]);
    shown = await Promise.race([runDemo(stack), untilOneEnds(stack), interrupted]);
    if (shown && staysUp) {
      printScreens(shown);
      printUrls(stack);
      await Promise.race([interrupted, untilOneEnds(stack)]);
    }
  } finally {
    failed = await stopStack(stack);
  }
  if (failed.length > 0)
    throw new SetUpError(`These apps did not stop with exit code 0: ${failed.join(', ')}.`);
  if (staysUp) return 0;
  if (!shown) return 130;
  printScreens(shown);
  return 0;
});

/**
 * Resolves on Ctrl-C or when the terminal is closed. A second signal does not wait for the apps to finish; one within a
 * second is the same Ctrl-C, which both the terminal and npm send.
 */
function untilInterrupted() {
  return new Promise((resolve) => {
    let first;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        first ??= Date.now();
        if (Date.now() - first > 1000) process.exit(130);
        resolve(undefined);
      });
    }
  });
}

function printScreens(shown) {
  step('The notification is on the screen');
  for (const line of shown) say(line);
}

function printUrls({ gateway, users, push, emulator }) {
  say(`
  Health          http://localhost:${push.port}/api/v1/health
  Metrics         http://localhost:${push.port}/api/v1/metrics
  API docs        http://localhost:${push.port}/api/docs
  Admin API       curl -H 'x-api-key: ${push.adminKey}' http://localhost:${push.port}/api/v1/admin/intake
  Notifications   http://localhost:${gateway.port}/api/v1/notifications/
  Users           http://localhost:${users.port}/api/v1/users/test-user-123
  Devices         http://localhost:${emulator.port}/emulator/devices
  Logs            .services/logs/

Everything is running. Press Ctrl-C to stop it.`);
}
