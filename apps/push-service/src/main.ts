import { runApp } from '@push/runtime';
import { preflightBeforeStart, preflightCommand } from './preflight/command';
import { startPushService } from './start';

const args = process.argv.slice(2);

if (args[0] === 'preflight') {
  void preflightCommand(args.slice(1)).then((code) => process.exit(code));
} else {
  void runApp('push-service', async () => {
    await preflightBeforeStart(args);
    return startPushService();
  });
}
