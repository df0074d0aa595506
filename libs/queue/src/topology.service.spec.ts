import { TopologyRepair } from './topology.service';

describe('TopologyRepair', () => {
  let now = 0;
  let calls = 0;
  let ensure: () => Promise<void>;
  const repairing = (timeoutMs = 1000): TopologyRepair =>
    new TopologyRepair(
      () => {
        calls += 1;
        return ensure();
      },
      timeoutMs,
      1,
      () => now,
    );

  beforeEach(() => {
    now = 5;
    calls = 0;
    ensure = () => Promise.resolve();
  });

  it('runs once for all concurrent callers', async () => {
    const repair = repairing();
    await Promise.all(Array.from({ length: 50 }, () => repair.repair()));
    expect(calls).toBe(1);
  });

  it('runs at most once a second', async () => {
    const repair = repairing();
    await repair.repair();
    now += 999;
    await repair.repair();
    expect(calls).toBe(1);
    now += 1;
    await repair.repair();
    expect(calls).toBe(2);
  });

  it('returns the error until a later repair succeeds', async () => {
    const repair = repairing();
    const problem = new Error('refused');
    ensure = () => Promise.reject(problem);
    expect(await repair.repair()).toBe(problem);
    ensure = () => Promise.resolve();
    expect(await repair.repair()).toBe(problem);
    now += 1000;
    expect(await repair.repair()).toBeUndefined();
  });

  it('times out when the broker does not answer', async () => {
    ensure = () => new Promise(() => undefined);
    expect(await repairing(10).repair()).toMatchObject({
      message: 'RabbitMQ did not answer within 10 ms',
    });
  });
});
