import { UserServiceConfig } from '@push/config';
import { RecipientDirectory, UserClientModule } from '@push/user-client';
import { GatewayClient } from '../../status/gateway.client';
import { StatusConfig } from '../../status/status.config';
import { failed, ok, type Check, type Finding } from '../check';
import { withParts } from '../with-parts';

/** Its health, over the connections that look-ups use. */
export const userServiceCheck: Check = {
  name: 'user service',
  needs: [UserServiceConfig],
  advice:
    'See that the user service runs, that USER_SERVICE_URL leads to it, and that USER_SERVICE_HEALTH_PATH is its health.',
  run: ({ source, config }) => {
    const parts = { imports: [UserClientModule], configs: [UserServiceConfig] };
    return withParts(parts, source, async (context) => {
      await context.get(RecipientDirectory).check();
      const { url, healthPath } = config(UserServiceConfig);
      return ok(`${new URL(url).origin}${healthPath} answers that it is well`);
    });
  },
};

/** The status route: that it is there, and takes our secret. */
export const gatewayCheck: Check = {
  name: 'gateway',
  needs: [StatusConfig],
  advice: 'See that the gateway runs, and that STATUS_CALLBACK_URL is its status route.',
  run: async ({ source, config }) => {
    const { callbackUrl } = config(StatusConfig);
    if (callbackUrl === undefined) {
      return ok('STATUS_CALLBACK_URL is empty: status events stay on the exchange');
    }
    const parts = { providers: [GatewayClient], configs: [StatusConfig] };
    const status = await withParts(parts, source, (context) => context.get(GatewayClient).ask());
    const { origin, pathname } = new URL(callbackUrl);
    return describeAnswer(`${origin}${pathname}`, status);
  },
};

function describeAnswer(route: string, status: number): Finding {
  const found = `${route} answers an empty report with HTTP ${status}`;
  if (status === 401 || status === 403) {
    return failed(found, 'Set STATUS_CALLBACK_SECRET to what the gateway has.');
  }
  if (status >= 500) return failed(found, 'See what ails the gateway; its log says.');
  if ([404, 405, 410].includes(status) || (status >= 300 && status < 400)) {
    return failed(found, 'Correct STATUS_CALLBACK_URL: this is no status route.');
  }
  return ok(`${found}: the route is there`);
}
