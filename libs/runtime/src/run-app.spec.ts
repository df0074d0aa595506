import { EventEmitter } from 'node:events';
import { ConfigError } from '@push/config';
import { runApp, startProblem } from './run-app';

class FakeProcess extends EventEmitter {
  readonly written: string[] = [];
  readonly exited: Promise<number>;
  exit!: (code: number) => void;
  readonly stderr = { write: (text: string) => this.written.push(text) > 0 };

  constructor() {
    super();
    this.exited = new Promise((resolve) => {
      this.exit = resolve;
    });
  }

  asProcess(): NodeJS.Process {
    return this as unknown as NodeJS.Process;
  }
}

describe('runApp', () => {
  it('exits 0 on SIGTERM, after closing', async () => {
    const host = new FakeProcess();
    const close = jest.fn(() => Promise.resolve());
    await runApp('app', () => Promise.resolve({ close }), { process: host.asProcess() });
    host.emit('SIGTERM', 'SIGTERM');
    expect(await host.exited).toBe(0);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('closes once however many signals arrive', async () => {
    const host = new FakeProcess();
    const close = jest.fn(() => Promise.resolve());
    await runApp('app', () => Promise.resolve({ close }), { process: host.asProcess() });
    host.emit('SIGTERM', 'SIGTERM');
    host.emit('SIGINT', 'SIGINT');
    await host.exited;
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('waits for a running start before it closes', async () => {
    const host = new FakeProcess();
    const close = jest.fn(() => Promise.resolve());
    let started: (app: { close: typeof close }) => void = () => undefined;
    const running = runApp('app', () => new Promise((resolve) => (started = resolve)), {
      process: host.asProcess(),
    });
    host.emit('SIGTERM', 'SIGTERM');
    expect(close).not.toHaveBeenCalled();
    started({ close });
    await running;
    expect(await host.exited).toBe(0);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('exits 1 with one message when the configuration is wrong', async () => {
    const host = new FakeProcess();
    const wrong = new ConfigError([{ variable: 'PORT', problem: 'should be a whole number' }]);
    await runApp('app', () => Promise.reject(wrong), { process: host.asProcess() });
    expect(await host.exited).toBe(1);
    expect(host.written.join('')).toContain('PORT should be a whole number');
    expect(host.written.join('')).not.toContain('at ');
  });

  it('exits 1 when closing takes too long', async () => {
    const host = new FakeProcess();
    const never = { close: () => new Promise<void>(() => undefined) };
    await runApp('app', () => Promise.resolve(never), {
      process: host.asProcess(),
      closeTimeoutMs: 5,
    });
    host.emit('SIGTERM', 'SIGTERM');
    const keepAlive = setInterval(() => undefined, 1000);
    expect(await host.exited).toBe(1);
    clearInterval(keepAlive);
  });
});

describe('startProblem', () => {
  it('names the port and the variable when the port is in use', () => {
    const error = Object.assign(new Error('x'), {
      code: 'EADDRINUSE',
      syscall: 'listen',
      port: 8003,
    });
    expect(startProblem(error)).toBe(
      'Port 8003 is in use by another process. Stop that process, or set PORT to a free port.',
    );
  });
});
