import { ensureServices, showServices, stopServices } from './lib/services.mjs';
import { SetUpError, main, say, step } from './lib/terminal.mjs';

const usage = 'Usage: npm run services -- up|down|status';

await main(async ([action]) => {
  switch (action) {
    case 'up':
      await ensureServices();
      return 0;
    case 'down':
      step('Stopping what this checkout started');
      await stopServices();
      return 0;
    case 'status':
      return (await showServices()) ? 0 : 1;
    case undefined:
    case '--help':
      say(usage);
      return action ? 0 : 2;
    default:
      throw new SetUpError(`"${action}" is not an action. ${usage}`);
  }
});
