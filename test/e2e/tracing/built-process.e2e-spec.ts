import { TestBroker } from '../../support/broker';
import { startCollector } from '../../support/collector';
import { startEmulator, type RunningEmulator } from '../../support/emulator';
import { AppProcess } from '../../support/processes';
import { RABBITMQ_URL, REDIS_URL } from '../../support/servers';
import { deleteKeys, uniqueNamespace, untilReady } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const MESSAGE = { push_token: 'android-1', template_code: 'Hi' };

describe('tracing in a built push-service', () => {
  const namespace = uniqueNamespace();
  let emulator: RunningEmulator;
  let broker: TestBroker;
  let app: AppProcess | undefined;

  beforeAll(async () => {
    emulator = await startEmulator();
    broker = await TestBroker.open(namespace);
  });
  afterEach(() => app?.stop());
  afterAll(async () => {
    await emulator.close();
    await broker.close();
    await deleteKeys(namespace);
  });

  const start = async (env: Record<string, string>): Promise<AppProcess> => {
    app = new AppProcess('push-service', {
      PORT: '0',
      HOST: '127.0.0.1',
      RABBITMQ_URL,
      REDIS_URL,
      QUEUE_NAMESPACE: namespace,
      REDIS_NAMESPACE: namespace,
      FCM_EMULATOR_HOST: emulator.host,
      USER_SERVICE_URL: emulator.url,
      USER_SERVICE_HEALTH_PATH: '/emulator/stats',
      STATUS_CALLBACK_URL: '',
      ...env,
    });
    await untilReady(await app.url(), 30_000);
    return app;
  };
  const deliver = async (running: AppProcess, request_id: string) => {
    const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    await broker.publish({ ...MESSAGE, request_id }, { headers });
    return waitFor(`the line of ${request_id}`, () =>
      running.log.find((line) => line['request_id'] === request_id),
    );
  };

  it('names trace and span in log lines, and sends what is left at shutdown', async () => {
    const collector = await startCollector();
    const running = await start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
      OTEL_SERVICE_NAME: 'push-of-a-test',
    });
    const line = await deliver(running, 'logged-1');
    expect(line).toMatchObject({ message: 'Push notification delivered', trace_id: TRACE });
    running.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    const span = collector.spans.find(({ spanId }) => spanId === line['span_id']);
    expect(span).toMatchObject({ service: 'push-of-a-test', kind: 'consumer', traceId: TRACE });
    await collector.close();
  });

  it('delivers while the collector is away, says so once, and ends in time', async () => {
    const running = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    const complaints = () => running.log.filter(({ context }) => context === 'Tracing');
    await deliver(running, 'away-1');
    await waitFor('the complaint', () => complaints().length > 0);
    await deliver(running, 'away-2');
    running.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    expect(complaints()).toMatchObject([{ level: 'WARN', reason: 'ECONNREFUSED' }]);
  });

  it('names none in log lines while it is off', async () => {
    const running = await start({});
    expect(Object.keys(await deliver(running, 'off-1'))).not.toContain('trace_id');
  });
});
