import { connect } from 'node:net';
import { ConfigError, FcmConfig, TracingConfig, UserServiceConfig } from '@push/config';
import { AccessTokenError, FcmModule, FcmTransport, FirebaseProject, probeFcm } from '@push/fcm';
import { RecipientDirectory, UserClientModule } from '@push/user-client';
import { DeliveryConfig } from '../delivery/delivery.config';
import { Templates } from '../delivery/renderer';
import { GatewayClient } from '../status/gateway.client';
import { StatusConfig } from '../status/status.config';
import { failed, ok, warning, withParts, type Check, type Finding } from './check';

/** The health route, over the connections that look-ups use. */
export const userServiceCheck: Check = {
  name: 'user service',
  needs: [UserServiceConfig],
  advice:
    'Check that the user service runs, and that USER_SERVICE_URL and USER_SERVICE_HEALTH_PATH are right.',
  run: ({ source, config }) => {
    const parts = { imports: [UserClientModule], configs: [UserServiceConfig] };
    return withParts(parts, source, async (context) => {
      await context.get(RecipientDirectory).check();
      const { url, healthPath } = config(UserServiceConfig);
      return ok(`${new URL(url).origin}${healthPath} reports healthy`);
    });
  },
};

/** The status route, and that it accepts our secret. */
export const gatewayCheck: Check = {
  name: 'gateway',
  needs: [StatusConfig],
  advice: 'Check that the gateway runs, and that STATUS_CALLBACK_URL is its status route.',
  run: async ({ source, config }) => {
    const { callbackUrl } = config(StatusConfig);
    if (callbackUrl === undefined) {
      return ok('STATUS_CALLBACK_URL is empty: status events are only published');
    }
    const parts = { providers: [GatewayClient], configs: [StatusConfig] };
    const status = await withParts(parts, source, (context) => context.get(GatewayClient).ask());
    const { origin, pathname } = new URL(callbackUrl);
    return gatewayFinding(`${origin}${pathname}`, status);
  },
};

function gatewayFinding(route: string, status: number): Finding {
  const found = `${route} answers an empty report with HTTP ${status}`;
  if (status === 401 || status === 403) {
    return failed(found, 'Set STATUS_CALLBACK_SECRET to the secret of the gateway.');
  }
  if (status >= 500) return failed(found, 'Look for the cause in the log of the gateway.');
  if ([404, 405, 410].includes(status) || (status >= 300 && status < 400)) {
    return failed(found, 'Correct STATUS_CALLBACK_URL: this is not a status route.');
  }
  return ok(`${found}: the route exists`);
}

/** An access token, and a message that FCM validates and delivers to nobody. */
export const firebaseCheck: Check = {
  name: 'firebase',
  needs: [FcmConfig],
  advice:
    'Read what FCM answers: credentials of another project, the Firebase Cloud Messaging API is not enabled, or fcm.googleapis.com cannot be reached.',
  run: async ({ source }) => {
    const parts = { imports: [FcmModule], configs: [FcmConfig] };
    try {
      return await withParts(parts, source, async (context) => {
        const project = context.get(FirebaseProject);
        await project.tokens.get();
        await probeFcm(context.get(FcmTransport));
        return [
          ok(`project ${project.id}: the credentials give an access token`),
          ok(`${project.origin} accepts messages for it`),
        ];
      });
    } catch (error) {
      return firebaseFailures(error);
    }
  },
};

function firebaseFailures(error: unknown): Finding[] {
  if (error instanceof ConfigError) {
    return error.problems.map(({ variable, problem }) =>
      failed(`${variable} ${problem}`, `Correct ${variable}.`),
    );
  }
  if (!(error instanceof AccessTokenError)) throw error;
  const advice =
    error.failure === 'credentials'
      ? 'Create a new key in the Firebase console, Project settings, Service accounts, and set GOOGLE_APPLICATION_CREDENTIALS to its file.'
      : 'Check that oauth2.googleapis.com can be reached from here.';
  return [failed(error.message, advice)];
}

/** Every file of the template folder. */
export const templatesCheck: Check = {
  name: 'templates',
  needs: [DeliveryConfig],
  advice: 'Correct the file, or TEMPLATES_DIR.',
  run: async ({ config }) => {
    const delivery = config(DeliveryConfig);
    const count = await new Templates(delivery).read();
    return ok(`${count} in ${delivery.templatesDir}`);
  },
};

const TRACES_ADVICE =
  'Check that the collector runs, or leave OTEL_EXPORTER_OTLP_ENDPOINT out. Pushes are delivered without it.';
const CONNECT_TIMEOUT_MS = 5000;

/** A connection to the collector of traces, where one is configured. No push depends on it. */
export const tracesCheck: Check = {
  name: 'traces',
  needs: [TracingConfig],
  advice: TRACES_ADVICE,
  run: async ({ config }) => {
    const { endpoint } = config(TracingConfig);
    if (endpoint === undefined) return [];
    const { hostname, port, protocol, host } = new URL(endpoint);
    try {
      await connectTo(hostname, Number(port) || (protocol === 'https:' ? 443 : 80));
      return ok(`${host} can be reached`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return warning(`${host}: ${message}`, TRACES_ADVICE);
    }
  },
};

async function connectTo(host: string, port: number): Promise<void> {
  const socket = connect({ host, port, timeout: CONNECT_TIMEOUT_MS });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('timeout', () =>
        reject(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      );
    });
  } finally {
    socket.destroy();
  }
}
