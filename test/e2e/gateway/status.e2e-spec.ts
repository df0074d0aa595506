import type { NotificationRecord } from '../../../apps/api-gateway/src/notifications/notification-records';
import { GatewayHarness } from './gateway.harness';

const gateway = new GatewayHarness();

beforeAll(async () => {
  await gateway.start();
  await gateway.untilReady();
});
afterAll(async () => gateway.stop());

const device = {
  device: 'demo...roid',
  fingerprint: 'a1b2c3',
  platform: 'android',
  status: 'delivered',
  message_id: 'projects/demo/messages/1',
  error_code: null,
};

/** A report; each a second later than the one before. */
let clock = Date.parse('2026-11-22T12:00:00Z');
const report = (id: string, status: string, more: Record<string, unknown> = {}) =>
  gateway.report({
    notification_id: id,
    status,
    timestamp: new Date((clock += 1000)).toISOString(),
    error: null,
    ...more,
  });

const accepted = async (): Promise<string> =>
  (await gateway.post(gateway.notification())).body.data.notification_id as string;

const record = async (id: string): Promise<NotificationRecord> =>
  (await gateway.find(id)).body.data as NotificationRecord;

describe('a status report', () => {
  it('shows at the notification, with its devices and its time', async () => {
    const id = await accepted();
    const { status, body } = await report(id, 'delivered', {
      timestamp: '2026-11-22T14:00:00+02:00',
      devices: [device],
    });
    expect([status, body.data]).toEqual([
      200,
      { notification_id: id, status: 'delivered', recorded: true },
    ]);
    expect(await record(id)).toMatchObject({
      status: 'delivered',
      updated_at: '2026-11-22T12:00:00.000Z',
      error: null,
      devices: [device],
      history: [{ status: 'pending' }, { status: 'delivered' }],
    });
  });

  it('says why a notification failed', async () => {
    const id = await accepted();
    await report(id, 'failed', { error: 'The user wants no pushes', reason: 'opted_out' });
    expect(await record(id)).toMatchObject({
      status: 'failed',
      error: 'The user wants no pushes',
      reason: 'opted_out',
    });
  });

  it('counts once, however often it comes', async () => {
    const id = await accepted();
    const timestamp = new Date().toISOString();
    const first = await report(id, 'pending', { timestamp });
    const second = await report(id, 'pending', { timestamp });
    expect([first.body.data.recorded, second.body.data.recorded]).toEqual([true, false]);
    expect((await record(id)).history).toHaveLength(2);
  });

  it('that is final counts once, however often it comes, and for a notification never accepted here too', async () => {
    for (const id of [await accepted(), 'foreign-again']) {
      const final = { timestamp: new Date().toISOString(), devices: [device] };
      const first = await report(id, 'delivered', final);
      const known = await record(id);
      const second = await report(id, 'delivered', final);
      expect([first.body.data.recorded, second.body.data.recorded]).toEqual([true, false]);
      expect(await record(id)).toEqual(known);
    }
  });

  it('that it is pending, of a notification never accepted here, leaves room for its end', async () => {
    await report('foreign-pending', 'pending');
    await report('foreign-pending', 'failed', { error: 'no device', reason: 'no_device' });
    expect(await record('foreign-pending')).toMatchObject({
      status: 'failed',
      reason: 'no_device',
      history: [{ status: 'pending' }, { status: 'failed' }],
    });
  });

  it.each([
    ['delivered', 'failed'],
    ['failed', 'delivered'],
    ['delivered', 'pending'],
    ['failed', 'pending'],
  ])('leaves a notification %s that is reported %s later', async (first, later) => {
    const id = await accepted();
    await report(id, first);
    const answer = await report(id, later, { error: 'too late' });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({ notification_id: id, status: first, recorded: false });
    expect(await record(id)).toMatchObject({ status: first, error: null });
  });

  it('keeps exactly one of two final ones that come at the same time', async () => {
    const id = await accepted();
    const answers = await Promise.all([report(id, 'delivered'), report(id, 'failed')]);
    expect(answers.filter(({ body }) => body.data.recorded)).toHaveLength(1);
    const { status, history } = await record(id);
    expect(history).toHaveLength(2);
    expect(answers.map(({ body }) => String(body.data.status))).toEqual([status, status]);
  });

  it('keeps a bounded history that still ends in the final status', async () => {
    const id = await accepted();
    for (let count = 0; count < 60; count += 1) await report(id, 'pending');
    await report(id, 'delivered');
    const { status, history } = await record(id);
    expect([status, history.length, history.at(-1)?.status]).toEqual([
      'delivered',
      51,
      'delivered',
    ]);
  });

  it('is kept for a notification that never came through this gateway', async () => {
    await report('foreign-1', 'delivered', {
      request_id: 'foreign-req-1',
      user_id: 'foreign-user',
    });
    expect(await record('foreign-req-1')).toMatchObject({
      notification_id: 'foreign-1',
      user_id: 'foreign-user',
      status: 'delivered',
    });
    const listing = await gateway.get('/api/v1/notifications/?user_id=foreign-user');
    expect(listing.body.data).toMatchObject([{ notification_id: 'foreign-1' }]);
  });

  it('that overtakes the acceptance is not undone by it', async () => {
    const request = gateway.notification({ notification_id: 'overtaken-1' });
    await report('overtaken-1', 'delivered', { request_id: request.request_id });
    const answer = await gateway.post(request);
    expect([answer.status, answer.body.data.status]).toEqual([202, 'delivered']);
    const { status, user_id, history } = await record('overtaken-1');
    expect([status, user_id]).toEqual(['delivered', 'test-user-123']);
    expect(history.map((entry) => entry.status)).toEqual(['pending', 'delivered']);
  });

  it('may list hundreds of devices', async () => {
    const id = await accepted();
    const devices = Array.from({ length: 500 }, (_, index) => ({
      ...device,
      fingerprint: `fingerprint-of-device-${index}`.padEnd(48, '0'),
    }));
    expect((await report(id, 'delivered', { devices })).status).toBe(200);
    expect((await record(id)).devices).toHaveLength(500);
  });

  it.each([
    ['a status nobody knows', { status: 'lost' }],
    ['a time that is none', { timestamp: 'yesterday' }],
    ['no id', { notification_id: undefined }],
    ['a device that is none', { devices: [{ token: 'x' }] }],
  ])('is refused with %s', async (_what, changes) => {
    const { status, body } = await report('refused-1', 'delivered', changes);
    expect([status, body.error]).toEqual([400, 'validation_failed']);
    expect((await gateway.find('refused-1')).status).toBe(404);
  });

  it('goes to the path with and without its last slash', async () => {
    const event = { status: 'pending', timestamp: new Date().toISOString(), error: null };
    for (const path of ['/api/v1/push/status', '/api/v1/push/status/']) {
      const answer = await gateway.request('POST', path, { ...event, notification_id: 'slash-1' });
      expect(answer.status).toBe(200);
    }
  });
});
