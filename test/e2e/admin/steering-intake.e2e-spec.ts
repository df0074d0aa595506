import { PushQueueServer } from '@push/queue';
import { startPushService } from '../../../apps/push-service/src/start';
import { holds } from '../../contract/queue/support/patience';
import { admin, startAdminStack } from '../../support/admin';
import { sentRequestIds, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

/** Requests for as many pushes to one device, numbered. */
const publish = async (stack: Stack, name: string, count: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, (_, n) => `${name}-${n}`);
  for (const request_id of ids) {
    await stack.broker.publish({ request_id, push_token: 'android-s', template_code: 'Hi' });
  }
  return ids;
};

describe('intake, steered by an operator, in two instances', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack({ instances: 2 });
  });
  afterAll(() => stack.close());
  beforeEach(() => stack.emulator.reset());

  const servers = (): PushQueueServer[] => stack.push.map((app) => app.get(PushQueueServer));
  const other = (): Pick<Stack, 'pushUrls'> => ({ pushUrls: stack.pushUrls.slice(1) });
  const post = (path: string, body?: object) => admin(stack, path, { method: 'POST', body });
  const look = async (): Promise<Json> => (await admin(stack, '/intake')).body['data'] as Json;

  it('stands still in both when one is asked, and goes on in both', async () => {
    const { status, body } = await post('/intake/pause', { reason: 'campaign stopped' });
    expect(status).toBe(200);
    expect(body['data']).toMatchObject({
      paused: true,
      closed_by: [],
      operator_pause: { by: 'alice', reason: 'campaign stopped' },
    });
    expect(servers()[0]?.paused).toBe(true);
    await waitFor('the other instance', () => servers()[1]?.paused);
    await waitFor('all consumers gone', async () => {
      const queue = await stack.broker.look('push.queue');
      return queue?.consumers === 0;
    });
    const [id = ''] = await publish(stack, 'paused', 1);
    await holds('the pause', async () => (await stack.broker.depth('push.queue')) === 1, 1500);
    await waitFor('the word of the other', async () =>
      ((await look())['instances'] as Json[]).every(
        ({ paused, in_step, waiting_for }) => paused && in_step && waiting_for[0] === 'operator',
      ),
    );
    expect((await look())['instances']).toHaveLength(2);

    expect((await admin(other(), '/intake/resume', { method: 'POST' })).status).toBe(200);
    expect(await stack.finalStatus(id)).toMatchObject({ status: 'delivered' });
    await waitFor('the first instance', () => servers().every(({ paused }) => !paused));
    expect(sentRequestIds(stack)).toEqual([id]);
    expect((await look())['operator_pause']).toBeNull();
  });

  it('says what is in which queue', async () => {
    const empty = { messages: 0 };
    await waitFor('an empty queue', async () => {
      return (await look())['queues']?.push.messages === 0; // at most a second old
    });
    expect((await look())['queues']).toMatchObject({
      push: { messages: 0, consumers: 20 },
      failed: empty,
      status: empty,
      delays: { '1s': empty, '1800s': empty },
    });
  });

  it('stands still in an instance that starts while it is paused', async () => {
    await post('/intake/pause');
    await waitFor('both', () => servers().every(({ paused }) => paused));
    const ids = await publish(stack, 'late', 5);
    const late = await startPushService(stack.env);
    const server = late.get(PushQueueServer);
    await waitFor('its connection', () => server.connected);
    await holds(
      'the pause',
      async () => {
        return server.paused && (await stack.broker.depth('push.queue')) === 5;
      },
      2500,
    );
    await waitFor('three instances', async () => (await look())['instances'].length === 3);
    await post('/intake/resume');
    for (const id of ids)
      expect(await stack.finalStatus(id)).toMatchObject({ status: 'delivered' });
    await late.close();
    await waitFor('two instances', async () => (await look())['instances'].length === 2);
  });

  it('changes its concurrency under load, and loses and repeats nothing', async () => {
    const put = (concurrency: number) =>
      admin(stack, '/intake/concurrency', { method: 'PUT', body: { concurrency } });
    const ids: string[] = [];
    for (const [round, concurrency] of [1, 150, 7, 40].entries()) {
      ids.push(...(await publish(stack, `load-${round}`, 100)));
      const { body } = await put(concurrency);
      expect(body['data']['concurrency']).toMatchObject({
        current: concurrency,
        configured: 500,
        wished: { value: concurrency, by: 'alice' },
      });
      await waitFor('both', () => servers().every((one) => one.maxConcurrency === concurrency));
    }
    ids.push(...(await publish(stack, 'load-last', 100)));
    for (const id of ids)
      expect(await stack.finalStatus(id)).toMatchObject({ status: 'delivered' });
    expect(sentRequestIds(stack).sort()).toEqual([...ids].sort());
    expect(await stack.broker.depth('failed.queue')).toBe(0);
    const { body } = await admin(stack, '/intake/concurrency', { method: 'DELETE' });
    expect(body['data']['concurrency']).toMatchObject({ current: 500, wished: { value: null } });
    await waitFor('both', () => servers().every((one) => one.maxConcurrency === 500));
  });

  it.each([
    ['/intake/pause', 'POST', { reason: 'x'.repeat(201) }],
    ['/intake/pause', 'POST', { reason: 'two\nlines' }],
    ['/intake/pause', 'POST', { why: 'unknown field' }],
    ['/intake/concurrency', 'PUT', { concurrency: 0 }],
    ['/intake/concurrency', 'PUT', { concurrency: 10_001 }],
    ['/intake/concurrency', 'PUT', { concurrency: '50' }],
    ['/intake/concurrency', 'PUT', {}],
    ['/log-level', 'PUT', { level: 'silent' }],
    ['/log-level', 'PUT', { level: 'debug', for_seconds: 0 }],
    ['/log-level', 'PUT', { level: 'debug', for_seconds: 86_401 }],
  ])('refuses a bad wish, and says what is wrong: %s %s %j', async (path, method, wish) => {
    const { status, body } = await admin(stack, path, { method, body: wish });
    expect([status, body['error']]).toEqual([400, 'validation_failed']);
    expect(servers().some(({ paused }) => paused)).toBe(false);
  });
});
