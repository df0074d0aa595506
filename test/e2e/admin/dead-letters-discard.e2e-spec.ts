import { Logger } from '@nestjs/common';
import { admin, startAdminStack, type AdminAnswer } from '../../support/admin';
import type { Json, Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('discarding dead letters', () => {
  let stack: Stack;

  beforeEach(async () => {
    stack = await startAdminStack();
    for (const user of ['a', 'b', 'b', 'c', 'd']) {
      await stack.broker.publish(
        {
          request_id: `of-${user}`,
          error: 'no',
          error_code: user,
          original_message: { user_id: user },
        },
        { routingKey: 'failed' },
      );
    }
    await waitFor('five', async () => (await stack.broker.depth('failed.queue')) === 5);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await stack.close();
  });

  const discard = (body: object): Promise<AdminAnswer> =>
    admin(stack, '/dead-letters/discard', { method: 'POST', body });
  const left = async (): Promise<unknown[]> => {
    const { body } = await admin(stack, '/dead-letters?limit=100');
    return (body['data'].letters as Json[]).map((letter): unknown => letter['error_code']);
  };

  it('removes one by its id, then those that match a filter, then all, and logs each with the actor', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const { body } = await admin(stack, '/dead-letters?error_code=c');
    const id = String(body['data'].letters[0].id);
    const one = await admin(stack, `/dead-letters/${id}`, { method: 'DELETE' });
    expect([one.status, one.body['data']]).toMatchObject([200, { done: 1, complete: true }]);
    expect((await admin(stack, `/dead-letters/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect(await left()).toEqual(['a', 'b', 'b', 'd']);

    const dry = await discard({ filter: { error_code: 'b' }, dry_run: true });
    expect(dry.body['data']).toMatchObject({ matched: 2, done: 0, by_error_code: { b: 2 } });
    expect(await left()).toHaveLength(4);
    expect((await discard({ filter: { error_code: 'b' } })).body['data']).toMatchObject({
      done: 2,
    });
    expect(await left()).toEqual(['a', 'd']);
    expect((await discard({ all: true })).body['data']).toMatchObject({ done: 2, complete: true });
    expect(await left()).toEqual([]);

    const logged = warn.mock.calls.filter(
      ([, message]) => message === 'A dead letter was discarded',
    );
    expect(logged).toHaveLength(5);
    expect(logged[0]?.[0]).toEqual({
      actor: 'alice',
      request_id: 'of-c',
      user_id: 'c',
      error_code: 'c',
    });
  });

  it('answers 409 while another instance is browsing them', async () => {
    const other = await admin(stack, '/dead-letters/summary');
    expect(other.status).toBe(200);
    await stack.broker.lock('failed.queue.walk');
    const refused = await admin(stack, '/dead-letters');
    expect([refused.status, refused.body['error']]).toEqual([409, 'busy']);
    expect(refused.headers.get('retry-after')).toBe('3');
    expect((await discard({ all: true })).status).toBe(409);
    await stack.broker.unlock('failed.queue.walk');
    expect(await left()).toHaveLength(5);
  });
});
