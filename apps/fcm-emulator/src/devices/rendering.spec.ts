import { render } from './rendering';

const everywhere = {
  notification: { title: 'Common', body: 'Common body', image: 'https://x/common.png' },
  data: { link: 'https://x/data', request_id: 'r' },
  android: { notification: { title: 'Android', tag: 'tag-android' }, data: { only: 'android' } },
  apns: {
    headers: { 'APNS-Collapse-Id': 'tag-ios' },
    payload: { aps: { alert: { title: 'iOS' } } },
    fcm_options: { image: 'https://x/ios.png' },
  },
  webpush: {
    notification: { body: 'Web body', tag: 'tag-web' },
    fcmOptions: { link: 'https://x/web' },
  },
};

describe('render', () => {
  it('shows an Android device its own block over the common one', () => {
    expect(render(everywhere, 'android')).toEqual({
      title: 'Android',
      body: 'Common body',
      image: 'https://x/common.png',
      link: null,
      tag: 'tag-android',
      data: { only: 'android' },
    });
  });

  it('shows an iOS device its own block over the common one, tagged by the collapse id', () => {
    expect(render(everywhere, 'ios')).toEqual({
      title: 'iOS',
      body: 'Common body',
      image: 'https://x/ios.png',
      link: 'https://x/data',
      tag: 'tag-ios',
      data: { link: 'https://x/data', request_id: 'r' },
    });
  });

  it('shows a browser its own block over the common one, with the link that FCM opens', () => {
    expect(render(everywhere, 'web')).toMatchObject({
      title: 'Common',
      body: 'Web body',
      link: 'https://x/web',
      tag: 'tag-web',
    });
  });

  it('shows the text of an alert that is a string', () => {
    const message = { apns: { payload: { aps: { alert: 'Just text' } } } };
    expect(render(message, 'ios')).toMatchObject({ title: null, body: 'Just text', tag: null });
  });

  it.each(['android', 'ios', 'web'] as const)(
    'shows nothing on %s of a message with data alone',
    (platform) => {
      const message = { data: { a: 'b' }, apns: { payload: { aps: { 'content-available': 1 } } } };
      expect(render(message, platform)).toBeNull();
    },
  );
});
