import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const fixture = (name: string): Buffer =>
  readFileSync(join(__dirname, '../../fixtures/messages', name));

describe("messages as other teams' publishers send them", () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());

  const deadLetters = async (count: number): Promise<Json[]> => {
    await waitFor(
      `${count} dead letters`,
      async () => (await stack.broker.depth('failed.queue')) >= count,
    );
    const messages = await stack.broker.take('failed.queue');
    return messages.map(({ content }) => JSON.parse(content.toString()) as Json);
  };

  it.each([
    ['canonical.json', 'demo-req-123', 'Welcome John!'],
    ['nest-envelope.json', 'req-88', 'Welcome Grace!'],
    ['token-in-message.json', 'req-77', 'Hi Ada, see https://example.com'],
    ['without-type.json', 'order-7-shipped', 'Good news, Ada: your order has shipped.'],
  ])('delivers %s', async (name, requestId, text) => {
    await stack.broker.publish(fixture(name));
    const sent = await waitFor(
      'the push at FCM',
      () => stack.emulator.messages({ request_id: requestId })[0],
    );
    expect(sent.message).toMatchObject({ notification: { body: text } });
    const notificationId = (JSON.parse(fixture(name).toString()) as Json)['notification_id'] as
      string | undefined;
    expect(await stack.finalStatus(notificationId ?? requestId)).toMatchObject({
      status: 'delivered',
    });
  });

  it('keeps malformed messages whole in failed.queue, each with a clear error, and goes on', async () => {
    await stack.broker.publish(fixture('malformed.txt'));
    await stack.broker.publish(fixture('malformed-null.json'));
    await stack.broker.publish({ request_id: 'no-user', template_code: 'Hi' });
    await stack.broker.publish({
      request_id: 'after',
      user_id: 'test-user-123',
      template_code: 'Hi',
    });
    await stack.finalStatus('after');

    const letters = await deadLetters(3);
    expect(letters).toHaveLength(3);
    const textLetter = letters.find((letter) => 'original_body' in letter);
    expect(Buffer.from(String(textLetter?.['original_body']), 'base64')).toEqual(
      fixture('malformed.txt'),
    );
    expect(textLetter).toMatchObject({
      request_id: null,
      error_code: 'invalid_message',
      error: expect.stringContaining('not valid JSON') as string,
      attempts: 0,
      service: 'push-service',
    });
    expect(letters.map((letter) => String(letter['error']))).toEqual(
      expect.arrayContaining([
        expect.stringContaining('the message should be a JSON object'),
        expect.stringContaining('user_id is missing'),
      ]),
    );
    const named = letters.find((letter) => letter['request_id'] === 'no-user');
    expect(named?.['original_message']).toEqual({ request_id: 'no-user', template_code: 'Hi' });
    expect(await stack.finalStatus('no-user')).toMatchObject({
      status: 'failed',
      reason: 'invalid_message',
    });
  });

  it('keeps the way a dead letter came, for replay', async () => {
    await stack.broker.publish(
      { request_id: 'nobody-1', user_id: 'nobody', template_code: 'Hi' },
      { routingKey: 'push.queue', headers: { 'x-tenant': 'blue' }, correlationId: 'c-77' },
    );
    await waitFor('the dead letter', async () => (await stack.broker.depth('failed.queue')) > 0);
    const [letter] = await stack.broker.take('failed.queue');
    expect(letter?.properties).toMatchObject({
      correlationId: 'c-77',
      headers: {
        'x-tenant': 'blue',
        'x-original-exchange': `${stack.namespace}notifications.direct`,
        'x-original-routing-key': 'push.queue',
      },
    });
    expect(await stack.finalStatus('nobody-1')).toMatchObject({
      status: 'failed',
      reason: 'user_not_found',
    });
  });
});
