import { ClaimStore } from '@push/idempotency';
import { connect } from 'amqplib';
import { AppProcess } from '../../support/processes';
import { RABBITMQ_URL } from '../../support/servers';
import { startStack, untilReady, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

/** Puts a classic queue in the place of ours, as another team may have declared it. */
async function makeClassic({ namespace }: Stack): Promise<void> {
  const connection = await connect(RABBITMQ_URL);
  const channel = await connection.createChannel();
  const queue = `${namespace}push.queue`;
  await channel.deleteQueue(queue);
  await channel.assertQueue(queue, { durable: true });
  await channel.bindQueue(queue, `${namespace}notifications.direct`, 'push');
  await connection.close();
}

const deadLetters = async ({ broker }: Stack): Promise<Json[]> =>
  (await broker.take('failed.queue')).map(({ content }) => JSON.parse(content.toString()) as Json);

describe.each(['quorum', 'classic'])('a message on a %s queue', (kind) => {
  let stack: Stack;
  let worker: AppProcess | undefined;

  beforeAll(async () => {
    stack = await startStack({ instances: 0 });
    if (kind === 'classic') await makeClassic(stack);
  });
  afterAll(async () => {
    await worker?.stop();
    await stack.close();
  });

  const startWorker = async (): Promise<void> => {
    worker = new AppProcess('push-service', {
      ...stack.env,
      LOG_LEVEL: 'info',
      PATH: process.env['PATH'] ?? '',
      IDEMPOTENCY_LEASE_MS: '4000', // longer than a start: the claim of the dead is found held
      GIVE_UP_AFTER_DELIVERIES: '3',
    });
    await untilReady(await worker.url(), 30_000);
  };

  it('that kills its worker each time ends in failed.queue, with a status; its neighbour is delivered', async () => {
    const token = 'android-killer';
    stack.emulator.setFaults({ match: { token }, then: { hang: true } });
    const killer = { request_id: 'killer', push_token: token, template_code: 'Hi' };
    const neighbour = { request_id: 'neighbour', push_token: 'android-n', template_code: 'Hi' };
    await stack.broker.publish(killer);
    await stack.broker.publish(neighbour);

    for (let crashes = 0; crashes < 3; crashes += 1) {
      await startWorker();
      await waitFor(
        'the killer to be sent',
        () => stack.emulator.requests({ request_id: 'killer' }).length > crashes,
        30_000,
      );
      await worker?.stop();
    }
    await startWorker();
    expect(await stack.finalStatus('killer', 30_000)).toMatchObject({
      status: 'failed',
      reason: 'gave_up',
    });
    expect(stack.emulator.requests({ request_id: 'killer' })).toHaveLength(3);
    const [letter, ...others] = await stack.broker.take('failed.queue');
    expect(others).toEqual([]);
    // What steered it has stayed behind: a replay starts afresh.
    expect(letter?.properties.headers).not.toHaveProperty('x-parked-count');
    expect(JSON.parse(letter?.content.toString() ?? '{}')).toMatchObject({
      request_id: 'killer',
      error_code: 'gave_up',
      original_message: killer,
    });
    expect(await stack.finalStatus('neighbour')).toMatchObject({ status: 'delivered' });
  });
});

describe('a request whose worker died between the decision and its dead letter', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());

  it('ends as was decided: one dead letter, the same time everywhere, and no push', async () => {
    const claims = stack.push[0]?.get(ClaimStore, { strict: false });
    const answer = await claims?.claim('decided');
    if (answer?.state !== 'claimed') throw new Error('not claimed');
    const at = '2026-11-22T12:00:00.000Z';
    const error = 'FCM was not available';
    const end = { kind: 'exhausted', code: 'UNAVAILABLE', error, devices: [], attempts: 3, at };
    await answer.claim.decide(end);
    await answer.claim.release(); // as its lease would have run out

    const request = { request_id: 'decided', push_token: 'android-d', template_code: 'Hi' };
    await stack.broker.publish(request);
    expect(await stack.finalStatus('decided')).toMatchObject({
      status: 'failed',
      reason: 'unavailable',
      updated_at: at,
    });
    expect(await deadLetters(stack)).toMatchObject([
      { request_id: 'decided', error_code: 'UNAVAILABLE', failed_at: at, attempts: 3 },
    ]);
    expect(stack.emulator.requests({ request_id: 'decided' })).toHaveLength(0);
    expect(await claims?.claim('decided')).toEqual({ state: 'done', result: end });
  });
});
