import { startStack, type Stack, sentRequestIds } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const NOTIFICATIONS = 1000;

describe('with a backlog of 1,000 notifications', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ instances: 2, env: { MAX_CONCURRENT_MESSAGES: '50' } });
  });
  afterAll(() => stack.close());

  it('delivers all of them once within a minute, shared between two instances', async () => {
    for (let n = 0; n < NOTIFICATIONS; n += 1) {
      await stack.broker.publish({
        request_id: `load-${n}`,
        push_token: `android-${n}`,
        template_code: 'Hi',
      });
    }
    await waitFor(
      'all to be sent',
      () => stack.emulator.messages().length >= NOTIFICATIONS,
      60_000,
    );
    expect(new Set(sentRequestIds(stack)).size).toBe(NOTIFICATIONS);
    const shares = await Promise.all(
      stack.pushUrls.map(async (url) => {
        const figures = (await (await fetch(`${url}/api/v1/metrics`)).json()) as {
          notifications: { delivered: number };
        };
        return figures.notifications.delivered;
      }),
    );
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(NOTIFICATIONS);
  });
});
