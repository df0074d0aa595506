import { GuardedFcm } from '@push/fcm';
import { PushQueueServer } from '@push/queue';
import { holds } from '../../contract/queue/support/patience';
import { TcpProxy } from '../../support/tcp-proxy';
import { RABBITMQ_URL } from '../../support/servers';
import { QUICK, startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

/** A paused consumer that comes back with its connection is a known trap: https://github.com/golevelup/nestjs/issues/725 */
describe('the gate, while connections to the broker break', () => {
  const proxy = new TcpProxy(new URL(RABBITMQ_URL));
  let stack: Stack;
  let server: PushQueueServer;
  let fcm: GuardedFcm;
  let published: string[] = [];

  beforeAll(async () => {
    stack = await startStack({
      env: { ...QUICK, BREAKER_OPEN_MS: '300', RABBITMQ_URL: await proxy.start() },
    });
    server = stack.push[0]!.get(PushQueueServer);
    fcm = stack.push[0]!.get(GuardedFcm);
  });
  afterAll(async () => {
    await stack.close();
    await proxy.stop();
  });
  beforeEach(() => {
    published = [];
    stack.emulator.reset();
  });

  const publish = async (name: string): Promise<void> => {
    for (let n = 0; n < 20; n += 1) {
      const request_id = `${name}-${n}`;
      published.push(request_id);
      await stack.broker.publish({ request_id, push_token: 'android-g', template_code: 'Hi' });
    }
  };
  const refuse = (): void =>
    stack.emulator.setFaults({ then: { error_code: 'PERMISSION_DENIED' } });
  const queue = async (): Promise<string> => JSON.stringify(await stack.broker.look('push.queue'));
  const kept = (): string => JSON.stringify({ messages: published.length, consumers: 0 });
  const nothingTaken = (): Promise<void> =>
    waitFor('all in the queue, and no consumer', async () => (await queue()) === kept()).then();
  const cut = async (): Promise<void> => {
    proxy.cut();
    await waitFor('the loss', () => !server.connected);
    await waitFor('the broker', () => server.connected);
  };
  const allDelivered = async (): Promise<void> => {
    for (const id of published) {
      expect(await stack.finalStatus(id, 30_000)).toMatchObject({ status: 'delivered' });
    }
    expect(stack.emulator.messages()).toHaveLength(published.length);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
  };

  it('lets no consumer come back with the broker until what is down is well', async () => {
    refuse();
    await publish('cut');
    await nothingTaken();
    for (let n = 0; n < 3; n += 1) {
      await cut();
      await holds('a closed gate', async () => (await queue()) === kept(), 700);
    }
    stack.emulator.setFaults();
    await allDelivered();
  });

  it('brings the consumers back with the broker where all became well in its absence', async () => {
    refuse();
    await publish('recovery');
    await nothingTaken();
    await proxy.stop();
    await waitFor('the loss', () => !server.connected);
    stack.emulator.setFaults();
    await waitFor('the recovery', () => fcm.credentials.available && !server.paused);
    expect(await queue()).toBe(kept());
    await proxy.start();
    await allDelivered();
  });

  it('lets no consumer come back where something went down in the absence of the broker', async () => {
    await proxy.stop();
    await waitFor('the loss', () => !server.connected);
    refuse();
    await fcm.credentials.trip('seen by this test');
    await publish('outage');
    await proxy.start();
    await waitFor('the broker', () => server.connected);
    await holds('a closed gate', async () => (await queue()) === kept(), 700);
    stack.emulator.setFaults();
    await allDelivered();
  });

  it('loses and burns nothing where both come and go', async () => {
    await publish('both');
    for (let n = 0; n < 5; n += 1) {
      refuse();
      await waitFor('the refusal', () => !fcm.credentials.available || emptied());
      proxy.cut();
      stack.emulator.setFaults();
      await waitFor('the recovery', () => fcm.credentials.available);
    }
    await allDelivered();
    await waitFor('an empty queue', async () => (await stack.broker.depth('push.queue')) === 0);
  });

  const emptied = (): boolean => stack.emulator.messages().length === published.length;
});
