import { connect } from 'node:net';
import { environment, optionalText } from '@push/config';
import { DeliveryConfig } from '../../delivery/delivery.config';
import { Templates } from '../../delivery/templates';
import { ok, type Check } from '../check';

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

/** Where traces go, if anywhere; a name that every OpenTelemetry SDK reads. */
class TraceEndpointConfig extends environment({
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalText().refine(
    (value) => value === undefined || URL.canParse(value),
    { error: 'should be a URL such as http://127.0.0.1:4318' },
  ),
}) {
  readonly endpoint = this.env.OTEL_EXPORTER_OTLP_ENDPOINT;
}

/** That something listens where traces are sent; only where there is such a place. */
export const traceEndpointCheck: Check = {
  name: 'traces',
  needs: [TraceEndpointConfig],
  advice: 'See that the collector runs, or leave OTEL_EXPORTER_OTLP_ENDPOINT out.',
  run: async ({ config }) => {
    const { endpoint } = config(TraceEndpointConfig);
    if (endpoint === undefined) return [];
    const { hostname, port, protocol, host } = new URL(endpoint);
    await reach(hostname, Number(port) || (protocol === 'https:' ? 443 : 80));
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
