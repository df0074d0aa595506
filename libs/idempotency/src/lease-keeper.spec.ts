import { Logger } from '@nestjs/common';
import { LeaseKeeper, type KeptLease } from './lease-keeper';

const LEASE_MS = 6000;

class ScriptedLease implements KeptLease {
  readonly requestId = 'r';
  renewedAt = performance.now();
  renewals = 0;
  releases = 0;
  broken = false;

  async renew(): Promise<void> {
    this.renewals += 1;
    if (this.broken) throw new Error('store is away');
    this.renewedAt = performance.now();
  }

  async writeRelease(): Promise<void> {
    this.releases += 1;
    if (this.broken) throw new Error('store is away');
  }
}

describe('LeaseKeeper', () => {
  let keeper: LeaseKeeper;
  let lease: ScriptedLease;

  beforeEach(() => {
    Logger.overrideLogger(false);
    jest.useFakeTimers();
    keeper = new LeaseKeeper(LEASE_MS);
    lease = new ScriptedLease();
  });
  afterEach(() => {
    keeper.stop();
    jest.useRealTimers();
  });

  it('does not renew work that ends within a third of the lease', async () => {
    keeper.keep(lease);
    await jest.advanceTimersByTimeAsync(LEASE_MS / 3 - 1);
    keeper.drop(lease);
    await jest.advanceTimersByTimeAsync(10 * LEASE_MS);
    expect(lease.renewals).toBe(0);
  });

  it('renews while work goes on, at least every half of the lease', async () => {
    keeper.keep(lease);
    await jest.advanceTimersByTimeAsync(10 * LEASE_MS);
    expect(lease.renewals).toBeGreaterThanOrEqual(20);
    expect(lease.renewals).toBeLessThanOrEqual(30);
  });

  it('goes on renewing after a renewal that failed', async () => {
    lease.broken = true;
    keeper.keep(lease);
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    lease.broken = false;
    await jest.advanceTimersByTimeAsync(LEASE_MS / 3);
    expect(performance.now() - lease.renewedAt).toBeLessThanOrEqual(LEASE_MS / 3);
  });

  it('drops a claim that nobody ever finished or released', async () => {
    keeper.keep(lease);
    await jest.advanceTimersByTimeAsync(31 * LEASE_MS);
    const { renewals } = lease;
    await jest.advanceTimersByTimeAsync(31 * LEASE_MS);
    expect(lease.renewals).toBe(renewals);
  });

  it('releases until it succeeds, and then no more', async () => {
    lease.broken = true;
    keeper.releaseLater(lease);
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    expect(lease.releases).toBeGreaterThan(1);
    lease.broken = false;
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    const { releases } = lease;
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    expect(lease.releases).toBe(releases);
  });

  it('does nothing once stopped', async () => {
    keeper.keep(lease);
    keeper.stop();
    await jest.advanceTimersByTimeAsync(10 * LEASE_MS);
    expect(lease.renewals).toBe(0);
  });
});
