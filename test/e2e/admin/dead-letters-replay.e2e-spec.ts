import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { DeadLetterReplay } from '../../../apps/push-service/src/admin/dead-letters/dead-letter-replay';
import { admin, startAdminStack, type AdminAnswer } from '../../support/admin';
import { QUICK, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('replaying dead letters', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack({ env: QUICK });
  });
  afterAll(() => stack.close());
  afterEach(async () => {
    jest.restoreAllMocks();
    await stack.broker.take('failed.queue');
  });

  const post = (path: string, body?: object): Promise<AdminAnswer> =>
    admin(stack, `/dead-letters${path}`, { method: 'POST', body });
  const depth = (): Promise<number> => stack.broker.depth('failed.queue');
  const letters = async (): Promise<Json[]> =>
    (await admin(stack, '/dead-letters?limit=100')).body['data'].letters as Json[];
  const shown = (user: string) => stack.emulator.device(`token-of-${user}-0123456789`).screen;
  const accepted = (user: string) => stack.emulator.device(`token-of-${user}-0123456789`).accepted;
  const createUser = (user: string) =>
    stack.putUser(user, {
      devices: [{ token: `token-of-${user}-0123456789`, platform: 'android' }],
    });

  /** Publishes a request for a user who does not exist yet, and waits for its dead letter. */
  async function deadLetter(user: string, more: object = {}): Promise<void> {
    const before = await depth();
    await stack.broker.publish({
      request_id: `to-${user}`,
      user_id: user,
      template_code: 'Hi',
      ...more,
    });
    await waitFor('its dead letter', async () => (await depth()) === before + 1);
  }

  it('delivers a request that can be delivered by now, once', async () => {
    await deadLetter('ada');
    await createUser('ada');
    const [letter] = await letters();
    const { status, body } = await post(`/${String(letter?.['id'])}/replay`);
    expect(status).toBe(200);
    expect(body['data']).toMatchObject({ matched: 1, done: 1, refused: 0, complete: true });
    await waitFor('the push', () => shown('ada').length === 1);
    expect(await depth()).toBe(0);
    expect((await post(`/${String(letter?.['id'])}/replay`)).status).toBe(404);
  });

  it('counts the matches in a dry run, and changes nothing', async () => {
    for (const user of ['b-1', 'b-2']) await deadLetter(user);
    const { body } = await post('/replay', { all: true, dry_run: true });
    expect(body['data']).toMatchObject({
      dry_run: true,
      matched: 2,
      done: 0,
      by_error_code: { user_not_found: 2 },
      complete: true,
    });
    expect((await letters()).map((letter): unknown => letter['replays'].count)).toEqual([0, 0]);
  });

  it('replays those that match a filter, up to the limit, and keeps the rest', async () => {
    for (const user of ['c-1', 'c-2', 'c-3', 'other']) await deadLetter(user);
    for (const user of ['c-1', 'c-2', 'c-3', 'other']) await createUser(user);
    const first = await post('/replay', { filter: { text: 'USER' }, limit: 1 });
    expect(first.body['data']).toMatchObject({ matched: 1, done: 1, complete: false });
    await waitFor('the oldest', () => shown('c-1').length === 1);
    const second = await post('/replay', { filter: { user_id: 'c-3' } });
    expect(second.body['data']).toMatchObject({ matched: 1, done: 1, complete: true });
    await waitFor('the chosen', () => shown('c-3').length === 1);
    expect((await letters()).map((letter): unknown => letter['user_id'])).toEqual(['c-2', 'other']);
    expect(shown('other')).toHaveLength(0);
  });

  it('records the number, actor and time of replays', async () => {
    await deadLetter('nobody', { metadata: { campaign: 7 } });
    for (let n = 1; n <= 3; n += 1) {
      expect((await post('/replay', { all: true })).body['data']).toMatchObject({ done: 1 });
      await waitFor('its next dead letter', async () => (await depth()) === 1);
    }
    const [letter] = await letters();
    expect(letter?.['replays']).toMatchObject({ count: 3, last_by: 'alice' });
    const { body } = await admin(stack, `/dead-letters/${String(letter?.['id'])}`);
    expect(body['data'].replay_history).toHaveLength(3);
    expect(body['data'].replay_history[0]).toMatchObject({
      by: 'alice',
      error_code: 'user_not_found',
    });
    expect(body['data'].original.message).toMatchObject({ metadata: { campaign: 7 } });
  });

  it('delivers it once when the connection breaks between the confirm and the ack', async () => {
    await deadLetter('eve');
    await createUser('eve');
    const app = stack.push[0]!;
    const replay = jest.spyOn(app.get(DeadLetterReplay, { strict: false }), 'replay');
    const original = DeadLetterReplay.prototype.replay;
    replay.mockImplementationOnce(async function (this: DeadLetterReplay, ...args) {
      const permit = await original.apply(app.get(DeadLetterReplay, { strict: false }), args);
      const { connection } = app.get(AmqpConnection, { strict: false }).managedConnection;
      (
        connection as unknown as { connection: { stream: { destroy(): void } } }
      ).connection.stream.destroy();
      await waitFor(
        'the loss',
        () => !app.get(AmqpConnection, { strict: false }).managedConnection.isConnected(),
      );
      return permit;
    });
    expect((await post('/replay', { all: true })).status).toBe(503);
    await waitFor('the push', () => accepted('eve') === 1);
    await waitFor('its dead letter again', async () => (await depth()) === 1);
    await waitFor('another replay', async () => {
      const { status, body } = await post('/replay', { all: true });
      return status === 200 && (body['data'] as Json)['done'] === 1;
    });
    await waitFor(
      'an empty queue',
      async () => (await depth()) + (await stack.broker.depth('push.queue')) === 0,
    );
    await deadLetter('mallory'); // behind it in the queue
    expect(accepted('eve')).toBe(1);
  });

  it('sends a message of another publisher to the push queue, byte for byte', async () => {
    const body = Buffer.from('{ "request_id":"theirs",  "user_id":"fay", "template_code":"Hi" }');
    await createUser('fay');
    const headers = {
      'x-tries': 3,
      'x-death': [{ queue: 'q', reason: 'rejected', exchange: 'theirs' }],
    };
    await stack.broker.publish(body, { routingKey: 'failed', headers });
    await waitFor('it', async () => (await depth()) === 1);
    expect((await post('/replay', { all: true })).body['data']).toMatchObject({ done: 1 });
    await waitFor('the push', () => shown('fay').length === 1);
  });

  it('reports a refused status to the gateway again', async () => {
    await stack.broker.publish({ what: 'no status' }, { routingKey: 'push.status' });
    await waitFor('its dead letter', async () => (await depth()) === 1);
    expect((await letters())[0]).toMatchObject({ error_code: 'status_refused' });
    expect((await post('/replay', { all: true })).body['data']).toMatchObject({ done: 1 });
    await waitFor('its dead letter again', async () => {
      const [letter] = (await depth()) === 1 ? await letters() : [];
      return letter?.['error_code'] === 'status_refused' && letter['replays'].count === 1;
    });
  });

  it.each([
    [{}, 'empty'],
    [{ filter: {} }, 'empty'],
    [{ filter: {}, all: false }, 'empty'],
    [{ filter: { user_id: 'x' }, all: true }, 'not both'],
    [{ filter: { colour: 'red' } }, 'colour'],
    [{ all: true, force: true }, 'force'],
    [{ all: 'yes' }, 'all'],
    [{ all: true, limit: 0 }, 'limit'],
    [{ filter: { from: 'soon' } }, 'from'],
    [JSON.parse('{"all":true,"__proto__":{"x":1}}') as object, ''],
  ])('refuses %j with a reason', async (body, words) => {
    await stack.broker.publish({ any: 'thing' }, { routingKey: 'failed' });
    await waitFor('it', async () => (await depth()) === 1);
    for (const path of ['/replay', '/discard']) {
      const answer = await post(path, body);
      expect([answer.status, answer.body['success']]).toEqual([400, false]);
      expect(String(answer.body['message'])).toContain(words);
    }
    expect(await depth()).toBe(1);
  });
});
