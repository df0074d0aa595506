import { startStack, type Stack } from '../../support/stack';

describe('with the default settings', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());

  it('tries again after 1 s, then after 2 s more, and then gives up', async () => {
    stack.emulator.setFaults({ then: { status: 503 } });
    await stack.broker.publish({
      request_id: 'timing',
      push_token: 'android-t',
      template_code: 'Hi',
    });
    expect(await stack.finalStatus('timing')).toMatchObject({
      status: 'failed',
      reason: 'unavailable',
    });
    const times = stack.emulator
      .requests({ request_id: 'timing' })
      .map(({ time }) => Date.parse(time));
    expect(times).toHaveLength(3);
    const [third = 0, second = 0, first = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(990);
    expect(third - second).toBeGreaterThanOrEqual(1990);
  });
});
