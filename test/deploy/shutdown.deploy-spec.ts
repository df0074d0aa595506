import { EventEmitter } from 'node:events';
import { runApp } from '@push/runtime';
import { OVERLAYS, find } from './support/kustomize';
import { onlyContainer, podNamed } from './support/pods';
import { environmentOf } from './support/variables';

/** Milliseconds after SIGTERM until a process that cannot close exits anyway. */
async function longestClosing(): Promise<number> {
  jest.useFakeTimers();
  try {
    const host = Object.assign(new EventEmitter(), { exit: jest.fn() });
    const closable = { close: () => new Promise<void>(() => undefined) };
    await runApp('app', () => Promise.resolve(closable), {
      process: host as unknown as NodeJS.Process,
    });
    const began = Date.now();
    host.emit('SIGTERM', 'SIGTERM');
    while (host.exit.mock.calls.length === 0) await jest.advanceTimersToNextTimerAsync();
    return Date.now() - began;
  } finally {
    jest.useRealTimers();
  }
}

describe.each(OVERLAYS)('in overlay %s push-service', (overlay) => {
  const pod = podNamed(overlay, 'push-service');
  const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const [command, seconds] = onlyContainer(pod).lifecycle?.preStop?.exec?.command ?? [];

  it('waits before it stops until it gets no more requests', () => {
    expect(command).toBe('sleep');
    expect(Number(seconds)).toBeGreaterThanOrEqual(3);
  });

  it('has a grace period for waiting, draining and closing', async () => {
    const processMs = await longestClosing();
    const { SHUTDOWN_DRAIN_MS } = environmentOf(overlay, 'push-service');
    expect(processMs).toBeGreaterThan(Number(SHUTDOWN_DRAIN_MS));
    expect(graceMs).toBeGreaterThan(Number(seconds) * 1000 + processMs);
  });

  it('is replaced only when the new copy is ready', () => {
    const { strategy } = find(overlay, 'Deployment', 'push-service').spec;
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  });
});
