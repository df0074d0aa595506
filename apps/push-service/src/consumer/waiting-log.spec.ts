import { Logger } from '@nestjs/common';
import type { PushQueueServer } from '@push/queue';
import type { Gate } from './gate';
import { WaitingLog } from './waiting-log';

describe(WaitingLog, () => {
  const gate = { waitingFor: ['redis'] };
  const server = { connected: false };
  let log: WaitingLog;
  let warn: jest.SpyInstance;

  beforeEach(() => {
    jest.useFakeTimers();
    warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    log = new WaitingLog(gate as unknown as Gate, server as unknown as PushQueueServer);
    Object.assign(gate, { waitingFor: ['redis'] });
    Object.assign(server, { connected: false });
    log.onApplicationBootstrap();
  });
  afterEach(() => {
    log.onModuleDestroy();
    jest.useRealTimers();
    warn.mockRestore();
  });

  it('says what is waited for, and for how long', () => {
    jest.advanceTimersByTime(15_000);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]?.[0]).toEqual({
      waiting_for: ['rabbitmq', 'redis'],
      for_seconds: 15,
    });
    jest.advanceTimersByTime(30_000);
    expect(warn.mock.calls[1]?.[0]).toMatchObject({ for_seconds: 45 });
  });

  it('says so ever less often: within a night not two hundred times', () => {
    jest.advanceTimersByTime(12 * 3_600_000);
    expect(warn.mock.calls.length).toBeGreaterThan(100);
    expect(warn.mock.calls.length).toBeLessThan(200);
  });

  it('is silent while nothing is waited for', () => {
    Object.assign(gate, { waitingFor: [] });
    server.connected = true;
    jest.advanceTimersByTime(3_600_000);
    expect(warn).not.toHaveBeenCalled();
  });
});
