import { toRestMessage } from './message';
import type { PushContent } from './fcm-transport';

const NOW = Date.parse('2026-01-01T00:00:00.500Z');

function restOf(content: Partial<PushContent>) {
  const message = toRestMessage(
    { token: 't', content: { data: {}, priority: 'normal', tag: 'tag', ...content } },
    NOW,
  );
  return JSON.parse(JSON.stringify(message)) as ReturnType<typeof toRestMessage>;
}

describe('toRestMessage', () => {
  it('writes a plain push with the tag on each platform and nothing that is not set', () => {
    expect(restOf({ title: 'T', body: 'B' })).toEqual({
      token: 't',
      notification: { title: 'T', body: 'B' },
      android: { priority: 'NORMAL', notification: { tag: 'tag', default_sound: true } },
      apns: {
        headers: { 'apns-push-type': 'alert', 'apns-priority': '5', 'apns-collapse-id': 'tag' },
        payload: { aps: { sound: 'default' } },
      },
      webpush: { headers: { Urgency: 'normal' }, notification: { tag: 'tag' } },
    });
  });

  it('asks for haste on every platform when the priority is high', () => {
    const { android, apns, webpush } = restOf({ priority: 'high' });
    expect(android.priority).toBe('HIGH');
    expect(apns.headers['apns-priority']).toBe('10');
    expect(webpush.headers.Urgency).toBe('high');
  });

  it.each([
    [3600, '3600s', '1767229200', '3600'],
    [0, '0s', '0', '0'],
    [-5, '0s', '0', '0'],
    [59.9, '59s', '1767225659', '59'],
    [1e9, '2419200s', '1769644800', '2419200'],
  ])('turns a TTL of %s s into each platform’s own words', (ttlSeconds, android, apns, web) => {
    const message = restOf({ ttlSeconds });
    expect(message.android.ttl).toBe(android);
    expect(message.apns.headers['apns-expiration']).toBe(apns);
    expect(message.webpush.headers.TTL).toBe(web);
  });

  it('shows a picture on all platforms, by the notification extension on Apple’s', () => {
    const { notification, apns } = restOf({ title: 'T', image: 'https://e.com/i.png' });
    expect(notification).toEqual({ title: 'T', image: 'https://e.com/i.png' });
    expect(apns.payload.aps['mutable-content']).toBe(1);
    expect(apns.fcm_options).toEqual({ image: 'https://e.com/i.png' });
  });

  it('puts the link into the data and, as https, into the browser’s options', () => {
    const { data, webpush, android } = restOf({
      title: 'T',
      link: 'https://e.com',
      data: { a: '1' },
    });
    expect(data).toEqual({ a: '1', link: 'https://e.com' });
    expect(webpush.fcm_options).toEqual({ link: 'https://e.com' });
    expect(android.notification).not.toHaveProperty('click_action');
  });

  it.each(['http://e.com', 'myapp://open/1', '/path', 'https://', 'https:///x'])(
    'leaves the link %s, which FCM would refuse, to the data',
    (link) => {
      const { data, webpush } = restOf({ title: 'T', link });
      expect(data).toEqual({ link });
      expect(webpush.fcm_options).toBeUndefined();
    },
  );

  it('keeps a link that the data brings itself', () => {
    const { data } = restOf({ title: 'T', link: 'https://e.com', data: { link: 'app://1' } });
    expect(data).toEqual({ link: 'app://1' });
  });

  it('shows nothing when there is nothing to show', () => {
    const { notification, android, webpush } = restOf({ data: { only: 'data' } });
    expect([notification, android.notification, webpush.notification]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
