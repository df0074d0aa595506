import { DeviceStore } from './device.store';

const roomy = { devices: 100, notifications: 100, characters: 1_000_000 };
let sent = 0;

function push(store: DeviceStore, token: string, title: string, tag?: string): void {
  const message = {
    token,
    notification: { title },
    ...(tag && { android: { notification: { tag } } }),
  };
  sent += 1;
  store.receive(token, message, {
    messageId: `m-${sent}`,
    timeMs: sent,
    body: JSON.stringify({ message }),
  });
}

const titles = (store: DeviceStore, token: string) =>
  store.get(token).screen.map(({ title }) => title);
const tokens = (store: DeviceStore) => store.latest(Infinity).map((draw) => draw().token);

describe('DeviceStore', () => {
  it('shows the newest first', () => {
    const store = new DeviceStore(roomy);
    push(store, 'a', 'one');
    push(store, 'a', 'two');
    expect(titles(store, 'a')).toEqual(['two', 'one']);
    expect(store.get('a').accepted).toBe(2);
  });

  it('replaces what a later push with the same tag meets, and brings it to the top', () => {
    const store = new DeviceStore(roomy);
    push(store, 'a', 'first', 'x');
    push(store, 'a', 'other', 'y');
    push(store, 'a', 'second', 'x');
    expect(titles(store, 'a')).toEqual(['second', 'other']);
  });

  it('keeps the same tag on another device apart', () => {
    const store = new DeviceStore(roomy);
    push(store, 'a', 'one', 'x');
    push(store, 'b', 'two', 'x');
    expect([...titles(store, 'a'), ...titles(store, 'b')]).toEqual(['one', 'two']);
  });

  it('tells a platform by the prefix of the token, until told otherwise', () => {
    const store = new DeviceStore(roomy);
    const platforms = ['ios-1', 'web-1', 'android-1', 'anything'].map(
      (token) => store.get(token).platform,
    );
    expect(platforms).toEqual(['ios', 'web', 'android', 'android']);
    expect(store.register('anything', 'ios')).toEqual({
      token: 'anything',
      platform: 'ios',
      accepted: 0,
      screen: [],
    });
    push(store, 'anything', 'hello');
    expect(store.get('anything').platform).toBe('ios');
  });

  it('forgets the device that got nothing for longest when there are too many', () => {
    const store = new DeviceStore({ ...roomy, devices: 2 });
    push(store, 'a', 'one');
    push(store, 'b', 'two');
    push(store, 'a', 'three');
    push(store, 'c', 'four');
    expect(tokens(store)).toEqual(['c', 'a']);
  });

  it('forgets the oldest notifications of a device that alone has too many', () => {
    const store = new DeviceStore({ ...roomy, notifications: 3 });
    push(store, 'other', 'gone');
    for (const title of ['one', 'two', 'three', 'four']) push(store, 'a', title);
    expect(tokens(store)).toEqual(['a']);
    expect(titles(store, 'a')).toEqual(['four', 'three', 'two']);
  });

  it('stays within its bound on text', () => {
    const store = new DeviceStore({ ...roomy, characters: 1000 });
    for (let i = 0; i < 10; i += 1) push(store, `device-${i}`, 'x'.repeat(300));
    expect(tokens(store)).toEqual(['device-9', 'device-8']);
  });

  it('draws no more of a screen than asked for', () => {
    const store = new DeviceStore(roomy);
    for (const title of ['one', 'two', 'three']) push(store, 'a', title);
    const [device] = store.latest(1, 2).map((draw) => draw());
    expect(device).toMatchObject({ accepted: 3, screen: [{ title: 'three' }, { title: 'two' }] });
  });
});
