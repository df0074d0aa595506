import { payloadProblem } from './payload';

const check = (envelope: unknown) =>
  payloadProblem(envelope, Buffer.byteLength(JSON.stringify(envelope)));
const withMessage = (fields: object) => check({ message: { token: 't', ...fields } });

describe('payloadProblem', () => {
  it('finds nothing in a message that uses every block, in either spelling', () => {
    const message = {
      name: '',
      token: 't',
      notification: { title: 'a', body: 'b', image: 'https://x/y.png' },
      data: { collapse_key: 'allowed', google_ads: 'allowed', fromage: 'allowed' },
      android: {
        priority: 'HIGH',
        ttl: '3.5s',
        collapseKey: 'k',
        notification: { tag: 't', channel_id: 'c', color: '#A1b2C3', unheard_of: 1 },
        something_new: true,
      },
      apns: {
        headers: {
          'apns-collapse-id': 'x'.repeat(64),
          'apns-priority': '10',
          'apns-expiration': '1700000000',
        },
        payload: { aps: { alert: 'x' }, custom: [1, { a: null }] },
      },
      webpush: {
        headers: { TTL: '10' },
        notification: { actions: [] },
        fcm_options: { link: 'https://x/y' },
      },
      fcmOptions: { analytics_label: 'l' },
    };
    expect(check({ message, validateOnly: true })).toBeUndefined();
    expect(
      check({ message: { topic: 'news', android: null, data: null }, validate_only: false }),
    ).toBeUndefined();
  });

  it.each([
    ['no object at all', [], { beforeFcm: true }],
    ['no message', {}, { field: 'message' }],
    [
      'a field beside the message',
      { message: { token: 't' }, extra: 1 },
      { message: expect.stringContaining('Unknown name "extra": Cannot find') },
    ],
    ['no target', { message: { data: {} } }, { message: 'Recipient of the message is not set.' }],
    [
      'an empty token',
      { message: { token: '' } },
      { message: 'Recipient of the message is not set.' },
    ],
    [
      'two targets',
      { message: { token: 't', topic: 'x' } },
      { message: expect.stringContaining("Cannot set 'topic'") },
    ],
    ['a topic with a space', { message: { topic: 'a b' } }, { field: 'message.topic' }],
    [
      'validate_only that is no boolean',
      { message: { token: 't' }, validate_only: 'yes' },
      { field: 'validate_only' },
    ],
    ['a token no device has', { message: { token: 'x'.repeat(4097) } }, { field: 'message.token' }],
  ])('refuses %s', (_, envelope, problem) => {
    expect(check(envelope)).toMatchObject(problem);
  });

  it.each([
    ['an unknown field', { priority: 'high' }, 'message'],
    [
      'an unknown field of the notification',
      { notification: { sound: 'x' } },
      'message.notification',
    ],
    ['a title that is no string', { notification: { title: 12 } }, 'message.notification.title'],
    ['data that is a list', { data: ['a'] }, 'message.data'],
    ['a reserved key', { data: { from: 'x' } }, 'message.data'],
    ['a key of the google namespace', { data: { 'google.x': 'x' } }, 'message.data'],
    ['a key of the gcm namespace', { data: { 'gcm.n.e': 'x' } }, 'message.data'],
    ['both spellings of one field', { fcm_options: {}, fcmOptions: {} }, 'message'],
    ['a priority there is not', { android: { priority: 'urgent' } }, 'message.android.priority'],
    ['a ttl without its unit', { android: { ttl: '3600' } }, 'message.android.ttl'],
    ['a ttl that is a number', { android: { ttl: 3600 } }, 'message.android.ttl'],
    ['a ttl above four weeks', { android: { ttl: '2419201s' } }, 'message.android.ttl'],
    ['a negative ttl', { android: { ttl: '-1s' } }, 'message.android.ttl'],
    [
      'a tag that is no string',
      { android: { notification: { tag: 7 } } },
      'message.android.notification.tag',
    ],
    [
      'a color by name',
      { android: { notification: { color: 'red' } } },
      'message.android.notification.color',
    ],
    [
      'android data that is no text',
      { android: { data: { a: 1 } } },
      'message.android.data[0].value',
    ],
    [
      'a collapse id above 64 bytes',
      { apns: { headers: { 'apns-collapse-id': 'ä'.repeat(33) } } },
      'message.apns.headers[apns-collapse-id]',
    ],
    [
      'an APNs priority there is not',
      { apns: { headers: { 'apns-priority': '7' } } },
      'message.apns.headers[apns-priority]',
    ],
    [
      'an APNs expiration that is a date',
      { apns: { headers: { 'apns-expiration': 'soon' } } },
      'message.apns.headers[apns-expiration]',
    ],
    ['an APNs payload that is text', { apns: { payload: 'x' } }, 'message.apns.payload'],
    [
      'a web link without TLS',
      { webpush: { fcm_options: { link: 'http://x/' } } },
      'message.webpush.fcm_options.link',
    ],
    ['a platform block that is text', { webpush: 'x' }, 'message.webpush'],
  ])('refuses %s', (_, fields, field) => {
    expect(withMessage(fields)?.field).toBe(field);
  });

  it("counts the entries of data as Google's answer does", () => {
    expect(withMessage({ data: { ok: 'x', bad: 12 } })).toEqual({
      message: "Invalid value at 'message.data[1].value' (TYPE_STRING), 12",
      field: 'message.data[1].value',
      beforeFcm: true,
    });
  });
});

describe('the limit on the payload', () => {
  const data = (bytes: number) => ({ k: 'x'.repeat(bytes - 1) });

  it('lets 4,096 bytes to a device pass, and not one more', () => {
    expect(withMessage({ data: data(4096) })).toBeUndefined();
    expect(withMessage({ data: data(4097) })?.message).toBe('Android message is too big');
  });

  it('lets 2,048 bytes to a topic pass, and not one more', () => {
    expect(check({ message: { topic: 'x', data: data(2048) } })).toBeUndefined();
    expect(check({ message: { topic: 'x', data: data(2049) } })?.message).toContain('too big');
  });

  it('counts bytes, not characters', () => {
    expect(withMessage({ data: { k: 'ä'.repeat(2047) } })).toBeUndefined();
    expect(withMessage({ data: { k: 'ä'.repeat(2048) } })).toBeDefined();
  });

  it('counts notification and data together', () => {
    expect(
      withMessage({ data: data(3000), notification: { title: 'x'.repeat(1200) } }),
    ).toBeDefined();
  });

  it('counts what one platform gets, not the blocks of all three', () => {
    const block = { data: data(3000) };
    expect(withMessage({ data: data(3000), android: block, webpush: block })).toBeUndefined();
  });

  it('counts the APNs payload', () => {
    expect(withMessage({ apns: { payload: { aps: { alert: 'x'.repeat(4100) } } } })?.message).toBe(
      'APNs message is too big',
    );
  });
});
