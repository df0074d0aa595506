import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, RabbitmqConfig } from '@push/config';
import { inspectBroker, QueueOptions, type BrokerFindings } from '@push/queue';
import { OwnRabbitmq } from '../../chaos/servers/own-rabbitmq';
import { TestBroker } from '../../support/broker';
import { freePort } from '../../support/ports';

describe('what a user may do at the broker', () => {
  const dir = mkdtempSync(join(tmpdir(), 'rights-'));
  let rabbitmq: OwnRabbitmq;
  let broker: TestBroker;

  beforeAll(async () => {
    const [port, distributionPort] = [await freePort(), await freePort()];
    rabbitmq = new OwnRabbitmq({ port, distributionPort, nodeName: `rights@localhost` }, dir);
    await rabbitmq.start();
    await rabbitmq.ctl('add_user', 'limited', 'limited');
    await inspect('guest', { declare: true });
    broker = await TestBroker.open('', rabbitmq.url);
    await broker.publish({ request_id: 'left-alone' });
  }, 120_000);
  afterAll(async () => {
    await broker.close();
    await rabbitmq.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const inspect = (user: string, { declare = false } = {}): Promise<BrokerFindings> => {
    const url = rabbitmq.url.replace('guest:guest', `${user}:${user}`);
    const config = loadConfig([RabbitmqConfig], { RABBITMQ_URL: url });
    const options = new QueueOptions({ relaysStatus: true });
    return inspectBroker(config.get(RabbitmqConfig) as RabbitmqConfig, options, { declare });
  };
  const grant = (configure: string, write: string, read: string) =>
    rabbitmq.ctl('set_permissions', 'limited', configure, write, read);

  it('is told by name where it is too little, and nothing is consumed by asking', async () => {
    await grant('', 'nothing', '^push[.]queue$');
    const { forbidden } = await inspect('limited');
    expect(forbidden.map((one) => one.replace(/ \(.*/, ''))).toEqual([
      "read 'push.status.queue'",
      "write 'notifications.direct'",
    ]);
    await grant('', '.*', '.*');
    expect((await inspect('limited')).forbidden).toEqual([]);
    const [message, ...others] = await broker.take('push.queue');
    expect(message?.fields.redelivered).toBe(false);
    expect(others).toEqual([]);
  });

  it('says so where the user may not use the virtual host', async () => {
    await rabbitmq.ctl('clear_permissions', 'limited');
    const { nodes } = await inspect('limited');
    expect(nodes[0]?.problem).toMatch(/ConnectionClose/);
  });
});
