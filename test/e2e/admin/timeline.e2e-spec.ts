import { IdempotencyConfig } from '@push/config';
import { RedisClaimStore } from '@push/idempotency';
import { RedisConnection } from '@push/redis';
import { admin, startAdminStack } from '../../support/admin';
import type { Json, Stack } from '../../support/stack';
import { eventsOf, storedTimelines, timelineWith } from '../../support/timeline';
import { waitFor } from '../../support/wait-for';

const TOKEN = 'android-token-that-nobody-may-read';

describe('the timeline of a notification', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack({
      instances: 2,
      env: { RETRY_MAX_WAIT_IN_MEMORY_MS: '100', IDEMPOTENCY_LEASE_MS: '1500' },
    });
    await stack.putUser('u', { devices: [{ token: TOKEN, platform: 'android' }] });
  });
  afterAll(() => stack.close());
  afterEach(() => stack.emulator.setFaults());

  it('shows each step of a delivery, and the state of the claim', async () => {
    const { body } = await stack.post({ request_id: 'well', user_id: 'u', template_code: 'Hi' });
    const timeline = await timelineWith(stack, 'well', 'reported');
    expect(eventsOf(timeline)).toEqual([
      'received',
      'claim',
      'looked_up',
      'tried',
      'ended',
      'announced',
      'reported',
    ]);
    const device = { device: 'andr...read', platform: 'android' };
    expect(timeline).toMatchObject({
      request_id: 'well',
      full: false,
      claim: { state: 'done', outcome: 'delivered', devices: [{ ...device, status: 'delivered' }] },
      events: [
        { redelivered: false, parked_count: 0, instance: expect.stringMatching(/:\d+$/) as string },
        { answer: 'claimed', taken_over: false, take_overs: 0 },
        { from: 'user_service', devices: 1 },
        { ...device, code: 'OK', fingerprint: expect.stringMatching(/^[0-9a-f]{24}$/) as string },
        { outcome: 'delivered' },
        { status: 'delivered' },
        { tries: 1 },
      ],
    });
    const times = (timeline['events'] as Json[]).map(({ at }) => Date.parse(String(at)));
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    const notificationId = String(body['data'].notification_id);
    expect(notificationId).not.toBe('well');
  });

  it('is found by notification_id too', async () => {
    const request = { request_id: 'r-1', notification_id: 'n/1 ä', template_code: 'Hi' };
    await stack.broker.publish({ ...request, push_token: TOKEN });
    const timeline = await timelineWith(stack, 'n/1 ä', 'ended');
    expect(timeline).toMatchObject({ request_id: 'r-1', claim: { outcome: 'delivered' } });
    expect(timeline['events'][2]).toMatchObject({ from: 'message', devices: 1 });
  });

  it('shows a failed attempt, the parking, and the next attempt', async () => {
    const then = { status: 429, retry_after: 1 };
    stack.emulator.setFaults({ match: { token: TOKEN }, times: 1, then });
    await stack.broker.publish({ request_id: 'limited', user_id: 'u', template_code: 'Hi' });
    const timeline = await timelineWith(stack, 'limited', 'ended');
    const events = timeline['events'] as Json[];
    expect(events.filter(({ event }) => event === 'tried')).toMatchObject([
      { code: 'QUOTA_EXCEEDED' },
      { code: 'OK' },
    ]);
    const parked = events.find(({ event }) => event === 'parked');
    expect(parked).toMatchObject({ reason: 'rate_limited' });
    expect(Date.parse(String(parked?.['until']))).toBeGreaterThan(
      Date.parse(String(parked?.['at'])),
    );
    expect(events.filter(({ event }) => event === 'received')).toMatchObject([
      { parked_count: 0 },
      { parked_count: 1 },
    ]);
  });

  it('shows the takeover of a claim from a worker that is gone', async () => {
    const app = stack.push[0]!;
    const options = { strict: false };
    const redis = app.get(RedisConnection, options);
    const dying = new RedisClaimStore(redis, app.get(IdempotencyConfig, options));
    await dying.claim('taken');
    dying.onApplicationShutdown(); // renews no lease any more
    const before = await admin(stack, '/notifications/taken/timeline');
    expect(before.body['data']).toMatchObject({ claim: { state: 'held' }, events: [] });

    await stack.broker.publish({ request_id: 'taken', user_id: 'u', template_code: 'Hi' });
    const timeline = await timelineWith(stack, 'taken', 'ended');
    const claims = (timeline['events'] as Json[]).filter(({ event }) => event === 'claim');
    expect(claims[0]).toMatchObject({ answer: 'held', held_ms: expect.any(Number) as number });
    expect(claims.at(-1)).toMatchObject({ answer: 'claimed', taken_over: true, take_overs: 1 });
    expect(eventsOf(timeline)).toContain('parked');
  });

  it('shows why a notification was dead-lettered', async () => {
    await stack.broker.publish({
      request_id: 'dead',
      push_token: 'unregistered-token-of-somebody',
      template_code: 'Hi',
    });
    const timeline = await timelineWith(stack, 'dead', 'reported');
    expect(timeline).toMatchObject({
      claim: { state: 'done', outcome: 'rejected', code: 'UNREGISTERED' },
      events: [
        { event: 'received' },
        { event: 'claim' },
        { event: 'looked_up' },
        { event: 'tried', code: 'UNREGISTERED' },
        { event: 'dead_lettered', code: 'UNREGISTERED' },
        { event: 'ended', outcome: 'rejected', code: 'UNREGISTERED' },
        { event: 'announced', status: 'failed' },
        { event: 'reported' },
      ],
    });
  });

  it('shows that a message was a duplicate', async () => {
    await stack.broker.publish({ request_id: 'dead', push_token: TOKEN, template_code: 'Hi' });
    await waitFor('the copy', async () => {
      const { events } = await timelineWith(stack, 'dead', 'reported');
      return (events as Json[]).at(-1)?.['answer'] === 'done';
    });
  });

  it('contains no token, neither in the answers nor in Redis', async () => {
    const stored = await storedTimelines(stack);
    expect(stored).toContain('"event\\":\\"tried');
    expect(stored).toContain('andr...read');
    const answers = await Promise.all(
      ['well', 'r-1', 'limited', 'dead'].map(async (id) => {
        const { status, body } = await admin(stack, `/notifications/${id}/timeline`);
        expect(status).toBe(200);
        return JSON.stringify(body);
      }),
    );
    for (const text of [stored, ...answers]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain('unregistered-token');
    }
  });

  it.each([
    ['an unknown id', 'nobody-knows', 404, 'not_found'],
    ['an id that is too long', 'x'.repeat(257), 400, 'validation_failed'],
    ['a control character', 'a\u0007b', 400, 'validation_failed'],
  ])('refuses %s with a reason', async (_what, id, status, error) => {
    const answer = await admin(stack, `/notifications/${encodeURIComponent(id)}/timeline`);
    expect([answer.status, answer.body['error']]).toEqual([status, error]);
    expect(answer.body['message']).toMatch(/\w+ \w+/);
  });
});

describe('a service with timelines turned off', () => {
  it('writes none, and still shows the state of the claim', async () => {
    const stack = await startAdminStack({ env: { TIMELINE_TTL_SECONDS: '0' } });
    await stack.broker.publish({ request_id: 'off', push_token: TOKEN, template_code: 'Hi' });
    await stack.finalStatus('off');
    const { body } = await admin(stack, '/notifications/off/timeline');
    expect(body['data']).toMatchObject({ claim: { outcome: 'delivered' }, events: [] });
    await stack.close();
  });
});
