import { admin, startAdminStack, type AdminAnswer } from '../../support/admin';
import type { Json, Stack } from '../../support/stack';
import { timelineWith } from '../../support/timeline';
import { waitFor } from '../../support/wait-for';

describe('the release of a request', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack();
  });
  afterAll(() => stack.close());
  afterEach(() => stack.emulator.setFaults());

  const release = (id: string, body?: object): Promise<AdminAnswer> =>
    admin(stack, `/notifications/${id}/release`, { method: 'POST', body });
  const publish = (id: string, token = `android-${id}`): Promise<void> =>
    stack.broker.publish({ request_id: id, push_token: token, template_code: 'Hi' });
  const sends = (id: string): number => stack.emulator.requests({ request_id: id }).length;

  it('delivers a delivered request again only after a confirmation', async () => {
    await publish('shown');
    await stack.finalStatus('shown');
    for (const body of [undefined, {}, { confirm_delivered: false }]) {
      const refused = await release('shown', body);
      expect([refused.status, refused.body['error']]).toEqual([409, 'already_delivered']);
      expect(refused.body['message']).toContain('confirm_delivered');
    }
    await publish('shown');
    await waitFor('the duplicate to be detected', async () => {
      const { events } = await timelineWith(stack, 'shown', 'claim');
      return (events as Json[]).some(({ answer }) => answer === 'done');
    });
    expect(sends('shown')).toBe(1);

    const released = await release('shown', { confirm_delivered: true });
    expect(released.status).toBe(200);
    expect(released.body['data']).toMatchObject({
      request_id: 'shown',
      recorded: { state: 'done', outcome: 'delivered', devices: [{ status: 'delivered' }] },
    });
    await publish('shown');
    await waitFor('a second push', () => sends('shown') === 2);
    const { events } = await timelineWith(stack, 'shown', 'released');
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'released', actor: 'alice', was: 'delivered' }),
    );
  });

  it('requires no confirmation for a failed request', async () => {
    await publish('failed', 'unregistered-token');
    expect(await stack.finalStatus('failed')).toMatchObject({ status: 'failed' });
    const { status, body } = await release('failed');
    expect([status, body['data'].recorded.code]).toEqual([200, 'UNREGISTERED']);
    await publish('failed');
    await waitFor('a push', () => sends('failed') === 2);
  });

  it('is refused while a worker is processing the request', async () => {
    stack.emulator.setFaults({ then: { latency_ms: 2000 } });
    await publish('busy');
    await waitFor('the send to be under way', () => sends('busy') === 1);
    const { status, body } = await release('busy', { confirm_delivered: true });
    expect([status, body['error']]).toEqual([409, 'in_progress']);
    expect(await stack.finalStatus('busy')).toMatchObject({ status: 'delivered' });
  });

  it.each([
    ['an unknown request', undefined, 404, 'not_found'],
    ['an unknown field', { confirm: true }, 400, 'validation_failed'],
    ['a word in place of true', { confirm_delivered: 'yes' }, 400, 'validation_failed'],
    ['a list', [], 400, 'validation_failed'],
  ])('refuses %s with a reason', async (_what, body, status, error) => {
    const answer = await release('nobody-knows', body);
    expect([answer.status, answer.body['error']]).toEqual([status, error]);
    expect(answer.body['message']).toMatch(/\w+ \w+/);
  });
});
