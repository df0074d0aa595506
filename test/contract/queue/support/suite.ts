import { Broker } from './broker';
import { PushApps } from './push-app';
import { TcpProxy } from '../../../support/tcp-proxy';

/** What a spec of the queue works with. */
export interface QueueSuite {
  broker: Broker;
  /** Between the apps and the broker. */
  proxy: TcpProxy;
  /** Reach the broker by way of the proxy; closed after each test. */
  apps: PushApps;
}

/**
 * Sets up, cleans and closes around each test of the `describe` it is called in.
 * @param beforeClose what has to end before the apps do
 */
export function queueSuite(beforeClose?: () => Promise<void> | undefined): QueueSuite {
  const broker = new Broker();
  const proxy = new TcpProxy(broker.url);
  const env: Record<string, string | undefined> = { ...broker.env };
  const apps = new PushApps(env);

  beforeAll(() => broker.open());
  beforeEach(async () => {
    env['RABBITMQ_URL'] = await proxy.start();
  });
  afterEach(async () => {
    await beforeClose?.();
    await apps.closeAll();
    await proxy.stop();
    await broker.clean();
  });
  afterAll(() => broker.close());
  return { broker, proxy, apps };
}
