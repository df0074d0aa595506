import { holds } from '../../contract/queue/support/patience';
import type { TestBroker } from '../../support/broker';
import { AppProcess } from '../../support/processes';
import { QUICK, sentRequestIds, startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

type Arguments = Record<string, string | number>;

/** A push.queue as another team has declared it; `failed` leads to the exchange's dead letters. */
const QUEUES: Record<string, (failed: Arguments) => Arguments> = {
  'classic, with no arguments': () => ({}),
  'classic, with a dead-letter route': (failed) => failed,
  'classic, with priorities': () => ({ 'x-max-priority': 10 }),
  'classic, with a time to live': (failed) => ({ 'x-message-ttl': 120_000, ...failed }),
  'quorum, with a delivery limit of 3': (failed) => ({
    'x-queue-type': 'quorum',
    'x-delivery-limit': 3,
    ...failed,
  }),
};

const argumentsOf = (name: string, { namespace }: TestBroker): Arguments =>
  QUEUES[name]!({
    'x-dead-letter-exchange': `${namespace}notifications.direct`,
    'x-dead-letter-routing-key': 'failed',
  });

let stack: Stack;
let app: AppProcess;
let api: string;

/** The whole system, with push-service as a process of its own, on a queue that is there before. */
async function startOn(declare: (broker: TestBroker) => Promise<void>): Promise<void> {
  stack = await startStack({ instances: 0, existing: declare });
  app = new AppProcess('push-service', {
    ...stack.env,
    ...QUICK,
    LOG_LEVEL: 'info',
    RETRY_MAX_WAIT_IN_MEMORY_MS: '0',
  });
  api = `${await app.url()}/api/v1`;
  await waitFor('the consumers', async () => (await stack.broker.look('push.queue'))?.consumers);
}

async function stop(): Promise<void> {
  await app.stop();
  await stack.close();
}

const publish = (request_id: string, options: { priority?: number } = {}): Promise<void> =>
  stack.broker.publish(
    { request_id, push_token: `android-${request_id}`, template_code: 'Hi' },
    options,
  );

async function publishMany(name: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => `${name}-${n}`);
  for (const id of ids) await publish(id);
  return ids;
}

async function delivered(...ids: string[]): Promise<void> {
  for (const id of ids) {
    expect(await stack.finalStatus(id, 30_000)).toMatchObject({ status: 'delivered' });
  }
}

/** What lies in failed.queue, as a failed test should tell it. */
async function lettersOf(): Promise<{ body: string; headers: unknown }[]> {
  const letters = await stack.broker.take('failed.queue');
  return letters.map(({ content, properties }) => ({
    body: content.toString(),
    headers: properties.headers,
  }));
}

const kept = (messages: number): Promise<void> =>
  waitFor('all messages in the queue, and no consumer', async () => {
    const queue = await stack.broker.look('push.queue');
    return queue?.messages === messages && queue.consumers === 0;
  }).then();

async function received(): Promise<number> {
  const figures = (await (await fetch(`${api}/metrics`)).json()) as Json;
  return figures['notifications']['received'] as number;
}

describe.each(Object.keys(QUEUES))('a push.queue of another team: %s', (name) => {
  const declare = (broker: TestBroker): Promise<void> =>
    broker.declareQueue('push.queue', argumentsOf(name, broker));

  beforeAll(() => startOn(declare));
  afterAll(stop);
  afterEach(() => stack.emulator.reset());

  it('is used as it is, and the difference is logged once, in words', async () => {
    await declare(stack.broker); // refused, were it another now
    const told = app.log.filter(({ message }) => String(message).startsWith('Queue exists with'));
    expect(told).toMatchObject([
      {
        level: 'WARN',
        queue: `${stack.namespace}push.queue`,
        difference: expect.stringMatching(/inequivalent arg 'x-[a-z-]+' for queue/),
      },
    ]);
  });

  it('has its messages delivered, and a malformed one kept as a dead letter', async () => {
    await stack.broker.publish(Buffer.from('{ "request_id": "half'));
    await publish('whole');
    await delivered('whole');
    await waitFor('a dead letter', async () => (await stack.broker.depth('failed.queue')) === 1);
    const [letter] = await stack.broker.take('failed.queue');
    expect(JSON.parse(letter!.content.toString())).toMatchObject({
      service: 'push-service',
      error_code: 'invalid_message',
    });
  });

  it('keeps its messages through an outage of FCM: none is burnt, none goes round in circles', async () => {
    const before = await received();
    stack.emulator.setFaults({ then: { status: 503, latency_ms: 200 } });
    const ids = await publishMany('outage', 40);
    await kept(40);
    await holds('rest', async () => (await received()) - before <= 10, 700);
    stack.emulator.setFaults();
    await delivered(...ids);
    expect(sentRequestIds(stack)).toHaveLength(40);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
  });

  it('gets parked messages back', async () => {
    stack.emulator.setFaults({
      match: { token: 'android-parked' },
      times: 1,
      then: { error_code: 'QUOTA_EXCEEDED', retry_after: 1 },
    });
    await publish('parked');
    await waitFor('it to be parked', () => stack.emulator.requests({ request_id: 'parked' })[0]);
    await delivered('parked');
    expect(stack.emulator.requests({ request_id: 'parked' })).toHaveLength(2);
  });

  it('loses no message to interruptions, however many', async () => {
    // The probe is well each time, so the gate opens and closes again.
    stack.emulator.setFaults({
      match: { validate_only: false },
      then: { error_code: 'UNAUTHENTICATED' },
    });
    const ids = await publishMany('interrupted', 8);
    await waitFor(
      'many refusals of one message',
      () => {
        const counts = ids.map((request_id) => stack.emulator.requests({ request_id }).length);
        return Math.max(...counts) >= 5;
      },
      30_000,
    );
    expect(await lettersOf()).toEqual([]);
    stack.emulator.setFaults();
    await delivered(...ids);
    expect(await lettersOf()).toEqual([]);
  });
});

describe('a push.queue of another team, with priorities', () => {
  beforeAll(() => startOn((broker) => broker.declareQueue('push.queue', { 'x-max-priority': 10 })));
  afterAll(stop);

  it('hands out the most urgent first, a parked one too when it has come back', async () => {
    const quota = { error_code: 'QUOTA_EXCEEDED', retry_after: 5 } as const;
    stack.emulator.setFaults(
      { match: { token: 'android-parked' }, times: 1, then: quota },
      {
        match: { token: 'android-first', validate_only: false },
        then: { error_code: 'UNAUTHENTICATED' },
      },
      { match: { validate_only: true }, then: { error_code: 'UNAUTHENTICATED' } },
    );
    await publish('parked', { priority: 9 });
    await waitFor('it to be parked', () => stack.emulator.requests({ request_id: 'parked' })[0]);
    await publish('first'); // closes the gate
    await kept(1);
    for (let n = 0; n < 30; n += 1) await publish(`low-${n}`, { priority: 1 });
    await kept(32); // the parked one has come back, behind them all
    await publish('urgent', { priority: 5 });
    await kept(33);

    stack.emulator.setFaults();
    await delivered('parked', 'urgent', 'first', 'low-29');
    const order = sentRequestIds(stack).reverse();
    // Five are begun at once, so the first two may change places.
    expect(order.slice(0, 5)).toEqual(expect.arrayContaining(['parked', 'urgent']));
  });
});

describe('a push.queue of another team, with a time to live', () => {
  beforeAll(() =>
    startOn((broker) =>
      broker.declareQueue('push.queue', {
        'x-message-ttl': 1000,
        'x-dead-letter-exchange': `${broker.namespace}notifications.direct`,
        'x-dead-letter-routing-key': 'failed',
      }),
    ),
  );
  afterAll(stop);

  it('expires what an outage outlasts, as that team has ordered it: to their route, with no status of ours', async () => {
    stack.emulator.setFaults({ then: { error_code: 'UNAUTHENTICATED' } });
    const { body } = await stack.post({
      request_id: 'stale',
      push_token: 't',
      template_code: 'Hi',
    });
    await waitFor('its expiry', async () => (await stack.broker.depth('failed.queue')) === 1);
    const [message] = await stack.broker.take('failed.queue');
    expect(JSON.parse(message!.content.toString())).toMatchObject({ request_id: 'stale' });
    expect(message!.properties.headers?.['x-death']).toMatchObject([{ reason: 'expired' }]);
    const id = String((body['data'] as Json)['notification_id']);
    expect(await stack.status(id)).toMatchObject({ status: 'pending' });
    stack.emulator.setFaults();
    await publish('in-time');
    await delivered('in-time');
  });
});
