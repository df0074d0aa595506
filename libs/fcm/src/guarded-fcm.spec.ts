import { Dependencies, DependencyDownError } from '@push/resilience';
import { AccessTokenError } from './credentials/access-tokens';
import type { FailureClass } from './fcm-transport';
import { GuardedFcm } from './guarded-fcm';
import { FakeTransport } from './testing/fake-transport';

const OPEN_MS = 30_000;
const MESSAGE = { token: 't', content: { data: {}, priority: 'normal', tag: 't' } } as const;

describe('GuardedFcm', () => {
  let transport: FakeTransport;
  let dependencies: Dependencies;
  let guarded: GuardedFcm;
  let tokensFetched: number;
  let tokenError: Error | undefined;

  beforeEach(() => {
    jest.useFakeTimers();
    transport = new FakeTransport();
    tokensFetched = 0;
    tokenError = undefined;
    const fresh = () => {
      tokensFetched += 1;
      return tokenError ? Promise.reject(tokenError) : Promise.resolve({} as never);
    };
    dependencies = new Dependencies({ failures: 5, openMs: OPEN_MS } as never);
    guarded = new GuardedFcm(transport, { fresh }, dependencies);
  });
  afterEach(() => {
    dependencies.onApplicationShutdown();
    jest.useRealTimers();
  });

  const send = () => guarded.send(MESSAGE);
  const sends = () => transport.sent.filter(({ validateOnly }) => !validateOnly).length;
  const probes = () => transport.sent.length - sends();
  const untilProbed = () => jest.advanceTimersByTimeAsync(OPEN_MS + 100);
  const down = () =>
    dependencies
      .all()
      .filter(({ available }) => !available)
      .map(({ name }) => name);

  it.each<[FailureClass, number]>([
    ['transient', 1],
    ['rate', 1],
    ['token', 0],
    ['sender', 0],
    ['payload', 0],
    ['platform-auth', 0],
    ['target-rate', 0],
  ])(
    'counts a %s failure as %i against FCM, and not against our credentials',
    async (failure, n) => {
      transport.refuse(failure);
      await send();
      expect([guarded.fcm.failures, down()]).toEqual([n, []]);
    },
  );

  it('opens fcm alone at the fifth failure in a row', async () => {
    transport.refuse('transient');
    for (let n = 0; n < 5; n += 1) await send();
    expect(down()).toEqual(['fcm']);
    await expect(send()).rejects.toMatchObject({ dependency: 'fcm' });
    expect(down()).toEqual(['fcm']);
    await untilProbed();
    expect([down(), tokensFetched]).toEqual([['fcm'], 0]);
  });

  it('opens credentials alone at the first refusal of ours, and refuses sends without making them', async () => {
    transport.refuse('credentials');
    await send();
    expect(down()).toEqual(['credentials']);
    await expect(send()).rejects.toThrow(DependencyDownError);
    await expect(send()).rejects.toMatchObject({ dependency: 'credentials' });
    expect(sends()).toBe(1);
  });

  it('tries a fresh access token every 30 s until it is not refused', async () => {
    transport.refuse('credentials');
    await send();
    await untilProbed();
    await untilProbed();
    expect([tokensFetched, probes(), down()]).toEqual([2, 2, ['credentials']]);
    transport.refuse('token'); // what FCM says to a probe
    await untilProbed();
    expect(down()).toEqual([]);
    await send();
    expect(sends()).toBe(2);
  });

  it('stays open, and sends nothing, while no access token is to be had', async () => {
    transport.refuse('credentials');
    await send();
    transport.accept();
    for (const failure of ['credentials', 'transient'] as const) {
      tokenError = new AccessTokenError(failure, 'CODE', 'no token');
      await untilProbed();
    }
    expect([tokensFetched, probes(), down()]).toEqual([2, 0, ['credentials']]);
  });

  it('waits for FCM instead where a fresh token is to be had and FCM is down, with no gap between', async () => {
    transport.refuse('credentials');
    await send();
    transport.refuse('transient');
    const nothingDown: boolean[] = [];
    dependencies.onChange(() => nothingDown.push(down().length === 0));
    await untilProbed();
    expect(down()).toEqual(['fcm']);
    transport.accept();
    await untilProbed();
    expect(down()).toEqual([]);
    expect(nothingDown.indexOf(true)).toBe(nothingDown.length - 1);
  });

  it('waits for credentials instead where FCM is back and refuses them, with no gap between', async () => {
    transport.refuse('transient');
    for (let n = 0; n < 5; n += 1) await send();
    transport.refuse('credentials');
    const nothingDown: boolean[] = [];
    dependencies.onChange(() => nothingDown.push(down().length === 0));
    await untilProbed();
    expect(down()).toEqual(['credentials']);
    expect(nothingDown).not.toContain(true);
  });

  it('is looked at by one send, which tells the two apart', async () => {
    transport.refuse('credentials');
    await guarded.fcm.check();
    expect([down(), transport.sent.length]).toEqual([['credentials'], 1]);
  });
});
