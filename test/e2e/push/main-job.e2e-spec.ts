import { startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

/** The request of the presentation guide, letter for letter. */
const GUIDE_REQUEST = {
  notification_type: 'push',
  user_id: 'test-user-123',
  template_code: 'Welcome {{name}}!',
  variables: { name: 'John', link: 'https://example.com' },
  request_id: 'demo-req-123',
  priority: 2,
};

describe('one notification, from an HTTP request to a screen', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());

  it("delivers the guide's test notification and reports it to the gateway", async () => {
    const answer = await stack.post(GUIDE_REQUEST);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ success: true, data: { request_id: 'demo-req-123' } });

    const status = await stack.finalStatus(String(answer.body['data'].notification_id));
    expect(status).toMatchObject({ status: 'delivered', error: null });

    const device = await waitFor('the notification on a screen', () =>
      stack.emulator.devices().find(({ screen }) => screen.length > 0),
    );
    expect(device.screen).toMatchObject([
      { title: 'Notification', body: 'Welcome John!', link: 'https://example.com' },
    ]);
  });

  it('delivers to every device of a user, on iOS, Android and the web', async () => {
    await stack.putUser('many-devices', {
      devices: [
        { token: 'android-of-many', platform: 'android' },
        { token: 'ios-of-many', platform: 'ios' },
        { token: 'web-of-many', platform: 'web' },
      ],
    });
    await stack.post({ ...GUIDE_REQUEST, user_id: 'many-devices', request_id: 'many-1' });
    const status = await stack.finalStatus('many-1');
    expect(status['devices']).toHaveLength(3);
    for (const token of ['android-of-many', 'ios-of-many', 'web-of-many']) {
      expect(stack.emulator.device(token).screen).toMatchObject([{ body: 'Welcome John!' }]);
    }
  });

  it('shows a push that is sent twice once: every platform gets the same tag', async () => {
    const [message] = stack.emulator.messages({ request_id: 'many-1' });
    const sent = message?.message as unknown as {
      android: { notification: { tag: string } };
      apns: { headers: Record<string, string> };
      webpush: { notification: { tag: string } };
    };
    const tag = sent.android.notification.tag;
    expect(Buffer.byteLength(tag)).toBeLessThanOrEqual(64);
    expect(sent.apns.headers['apns-collapse-id']).toBe(tag);
    expect(sent.webpush.notification.tag).toBe(tag);
  });

  it('takes messages from the queue that no gateway has put there, raw or in an envelope', async () => {
    await stack.broker.publish({ ...GUIDE_REQUEST, request_id: 'raw-1' });
    await stack.broker.publish(
      { pattern: 'push', data: { ...GUIDE_REQUEST, request_id: 'envelope-1' } },
      { routingKey: 'push.queue' },
    );
    expect(await stack.finalStatus('raw-1')).toMatchObject({ status: 'delivered' });
    expect(await stack.finalStatus('envelope-1')).toMatchObject({ status: 'delivered' });
  });
});
