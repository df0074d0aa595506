import { QUICK, startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('messages that could harm the service or its neighbours', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: QUICK });
  });
  afterAll(() => stack.close());

  /** The service goes on: the next message is delivered, and nothing of the last is left in the queues. */
  const goesOn = async (id: string): Promise<void> => {
    await stack.broker.publish({ request_id: id, push_token: 'android-next', template_code: 'Hi' });
    expect(await stack.finalStatus(id)).toMatchObject({ status: 'delivered' });
    await waitFor(
      'the queue to be empty',
      async () => (await stack.broker.depth('push.queue')) === 0,
    );
  };

  const deadLetters = async (): Promise<Json[]> => {
    await waitFor('a dead letter', async () => (await stack.broker.depth('failed.queue')) > 0);
    const letters = await stack.broker.take('failed.queue');
    return letters.map(({ content }) => JSON.parse(content.toString()) as Json);
  };

  it('buries a message with a CC header once', async () => {
    await stack.broker.publish({ request_id: 'cc' }, { headers: { CC: ['push'] } });
    await goesOn('after-cc');
    expect(await deadLetters()).toHaveLength(1);
  });

  it('reports the status of a message whose correlation id fits into no header', async () => {
    await stack.broker.publish({
      request_id: 'cyrillic',
      correlation_id: 'заказ-1',
      push_token: 'android-c',
      template_code: 'Hi',
    });
    expect(await stack.finalStatus('cyrillic')).toMatchObject({ status: 'delivered' });
  });

  it.each([
    ['100,000 levels of JSON', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
    ['1 MB of text', Buffer.alloc(1_000_000, 'x')],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
    ['an empty body', Buffer.alloc(0)],
    ['a number', Buffer.from('42')],
  ])('keeps %s whole in failed.queue and goes on', async (name, body) => {
    await stack.broker.publish(body);
    await goesOn(`after ${name}`);
    const letters = await deadLetters();
    expect(letters).toHaveLength(1);
    expect(letters[0]).toMatchObject({ error_code: 'invalid_message', request_id: null });
    if (letters[0]?.['original_body'] !== undefined) {
      expect(Buffer.from(String(letters[0]['original_body']), 'base64')).toEqual(body);
    }
  });

  it('keeps a body too large for base64 as it came, with the error in its headers', async () => {
    const body = Buffer.alloc(5 * 1024 * 1024, 'x');
    await stack.broker.publish(body);
    await waitFor('the dead letter', async () => (await stack.broker.depth('failed.queue')) > 0);
    const [letter] = await stack.broker.take('failed.queue');
    expect(letter?.content.equals(body)).toBe(true);
    expect(letter?.properties.headers).toMatchObject({ 'x-error-code': 'invalid_message' });
  });

  it('takes a user id with path steps for a user that does not exist', async () => {
    for (const user_id of ['../admin', '..', 'a/../b', '%2e%2e%2fx']) {
      await stack.broker.publish({ request_id: `path ${user_id}`, user_id, template_code: 'Hi' });
      expect(await stack.finalStatus(`path ${user_id}`)).toMatchObject({
        reason: 'user_not_found',
      });
    }
    await stack.broker.take('failed.queue');
  });

  it('rejects a template that would never end', async () => {
    await stack.broker.publish({
      request_id: 'bomb',
      push_token: 'android-b',
      template_code: '{{#a}}{{#a}}{{#a}}{{#a}}x{{/a}}{{/a}}{{/a}}{{/a}}',
      variables: { a: Array(200).fill(1) },
    });
    expect(await stack.finalStatus('bomb')).toMatchObject({ reason: 'template_invalid' });
    await stack.broker.take('failed.queue');
    await goesOn('after-bomb');
  });

  it('delivers once to each of 500 devices', async () => {
    const push_tokens = Array.from({ length: 500 }, (_, n) => `android-many-${n}`);
    await stack.broker.publish({ request_id: 'fan-out', push_tokens, template_code: 'Hi' });
    const status = await stack.finalStatus('fan-out', 30_000);
    expect(status).toMatchObject({ status: 'delivered' });
    expect(status['devices']).toHaveLength(500);
    expect(stack.emulator.messages({ request_id: 'fan-out' })).toHaveLength(500);
  });
});
