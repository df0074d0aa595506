import { connect } from 'node:net';
import { TracingConfig } from '@push/config';
import { DeliveryConfig } from '../../delivery/delivery.config';
import { Templates } from '../../delivery/renderer';
import { type Check, ok, warning } from '../check';

/** The named templates, every file of the folder. */
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
  'See that the collector runs, or leave OTEL_EXPORTER_OTLP_ENDPOINT out. Pushes go out without it.';

/** That something listens where traces are sent; only where there is such a place. No push waits for it. */
export const traceEndpointCheck: Check = {
  name: 'traces',
  needs: [TracingConfig],
  advice: TRACES_ADVICE,
  run: async ({ config }) => {
    const { endpoint } = config(TracingConfig);
    if (endpoint === undefined) return [];
    const { hostname, port, protocol, host } = new URL(endpoint);
    try {
      await reach(hostname, Number(port) || (protocol === 'https:' ? 443 : 80));
    } catch (error) {
      return warning(`${host}: ${messageOf(error)}`, TRACES_ADVICE);
    }
    return ok(`${host} can be reached`);
  },
};

function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: 5000 });
    const end = (error?: Error): void => {
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.once('connect', () => end());
    socket.once('error', (error) => end(error));
    socket.once('timeout', () => end(new Error('no connection within 5 s')));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
