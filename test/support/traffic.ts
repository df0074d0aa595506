import { QUICK, type Stack } from './stack';
import { waitFor } from './wait-for';

/** Configuration of a stack for {@link makeTraffic}. */
export const TRAFFIC_ENV = { ...QUICK, RETRY_INITIAL_DELAY_MS: '500' };

/** Words in the traffic that no metric may contain. */
export const PRIVATE = [
  'tok-android',
  'tok-ios',
  'tok-quota',
  'tok-down',
  'unregistered-',
  'traffic-',
];

/** Notifications of it that get a final status. */
export const FINAL_STATUSES = 9;

/** Makes a running system deliver, fail, park, dead-letter, skip, retry and open a breaker, and waits for the outcomes. */
export async function makeTraffic({
  broker,
  emulator,
  putUser,
  finalStatus,
}: Stack): Promise<void> {
  await putUser('traffic-user', {
    devices: [
      { token: 'tok-android', platform: 'android' },
      { token: 'tok-ios', platform: 'ios' },
      { token: 'unregistered-web', platform: 'web' },
    ],
  });
  const push = (request_id: string, more: object): Promise<void> =>
    broker.publish(
      { request_id, template_code: 'Hi {{name}}', ...more },
      { messageId: request_id },
    );

  emulator.setFaults({
    match: { token: 'tok-quota' },
    then: { error_code: 'QUOTA_EXCEEDED', retry_after: 600 },
  });
  await push('traffic-delivered', { user_id: 'traffic-user' });
  await push('traffic-to-a-token', { push_token: 'tok-android' });
  await push('traffic-unregistered', { push_token: 'unregistered-1' });
  await push('traffic-unknown', { user_id: 'traffic-nobody' });
  await push('traffic-parked', { push_token: 'tok-quota' });
  await broker.publish(Buffer.from('no JSON at all'));
  for (const id of ['delivered', 'to-a-token', 'unregistered', 'unknown']) {
    await finalStatus(`traffic-${id}`);
  }
  await waitFor('the parking', async () => (await broker.depth('push.delay.1800s')) === 1);
  await waitFor('three dead letters', async () => (await broker.depth('failed.queue')) === 3);

  // The breaker opens before the first second try, and its probe closes it.
  emulator.setFaults({ match: { token: 'tok-down' }, times: 5, then: { status: 503 } });
  const downs = [1, 2, 3, 4, 5].map((n) => `traffic-down-${n}`);
  for (const id of downs) await push(id, { push_token: 'tok-down' });
  for (const id of downs) await finalStatus(id);
}
