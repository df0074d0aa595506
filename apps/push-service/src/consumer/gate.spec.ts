import { Logger } from '@nestjs/common';
import type { PushQueueServer } from '@push/queue';
import { Metrics } from '@push/observability';
import { Dependencies, type Dependency } from '@push/resilience';
import { Gate } from './gate';
import { OperatorPause } from './operator-pause';

const OPEN_MS = 1000;

describe('Gate', () => {
  let dependencies: Dependencies;
  let gate: Gate;
  let operator: OperatorPause;
  let asked: string[];
  let waitingFor: unknown[];
  let down: Set<string>;
  const hanging = new Promise<void>(() => undefined);
  let look: Promise<void>;

  beforeEach(() => {
    jest.useFakeTimers();
    asked = [];
    waitingFor = [];
    down = new Set();
    look = Promise.resolve();
    dependencies = new Dependencies({ failures: 1, openMs: OPEN_MS } as never);
    for (const name of ['redis', 'user-service', 'credentials', 'fcm', 'rabbitmq', 'gateway']) {
      const probe = async () => {
        if (name === 'user-service') await look;
        if (down.has(name)) throw new Error('down');
      };
      dependencies.create({ name, probe });
    }
    const server = {
      pause: () => Promise.resolve(void asked.push('pause')),
      resume: ({ rampUp }: { rampUp: boolean }) =>
        Promise.resolve(void asked.push(rampUp ? 'resume, ramping up' : 'resume')),
    };
    jest.spyOn(Logger.prototype, 'error').mockImplementation();
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((fields: unknown) => {
      waitingFor.push((fields as { waiting_for: string[] }).waiting_for);
    });
    operator = new OperatorPause();
    operator.markKnown();
    gate = new Gate(dependencies, server as unknown as PushQueueServer, operator, new Metrics());
  });
  afterEach(() => {
    gate.onModuleDestroy();
    dependencies.onApplicationShutdown();
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  const start = async () => {
    gate.onModuleInit();
    gate.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(10);
  };
  const dependency = (name: string) => dependencies.get(name) as Dependency;
  const fail = (name: string) => dependency(name).trip('down');
  const recover = () => jest.advanceTimersByTimeAsync(OPEN_MS + 50);

  it('opens once everything has been looked at, at the usual pace', async () => {
    await start();
    expect([asked, waitingFor]).toEqual([['pause', 'resume'], []]);
  });

  it('stays closed where the first look finds something down, and says what', async () => {
    down.add('user-service');
    await start();
    expect([asked, waitingFor]).toEqual([['pause', 'pause'], [['user-service']]]);
    down.clear();
    await recover();
    expect(asked).toEqual(['pause', 'pause', 'resume, ramping up']);
  });

  it('stays closed while a first look has no answer, whatever recovers meanwhile', async () => {
    look = hanging;
    await start();
    await fail('redis');
    await recover();
    expect([asked, waitingFor]).toEqual([['pause', 'pause'], [['redis']]]);
    expect(gate.closedBy).toEqual([]);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(waitingFor).toEqual([['redis'], ['user-service']]);
    expect(asked).not.toContain('resume');
  });

  it.each(['redis', 'user-service', 'credentials', 'fcm', 'rabbitmq'])(
    'closes for %s and opens again, ramping up',
    async (name) => {
      await start();
      await fail(name);
      expect(asked).toEqual(['pause', 'resume', 'pause']);
      await recover();
      expect(asked).toEqual(['pause', 'resume', 'pause', 'resume, ramping up']);
      expect(waitingFor).toEqual([[name]]);
    },
  );

  it('does not close for the gateway', async () => {
    await start();
    await fail('gateway');
    expect(asked).toEqual(['pause', 'resume']);
  });

  it('says each time what else it waits for', async () => {
    await start();
    await fail('redis');
    down.add('redis');
    await fail('credentials');
    await recover();
    expect(waitingFor).toEqual([['redis'], ['redis', 'credentials'], ['redis']]);
    expect(asked.at(-1)).toBe('pause');
  });

  describe('with an operator', () => {
    const pause = { by: 'alice', since: 1 };

    it('stays closed until it is known what they want', async () => {
      operator = new OperatorPause();
      const server = {
        pause: () => Promise.resolve(void asked.push('pause')),
        resume: () => Promise.resolve(void asked.push('resume')),
      };
      gate = new Gate(dependencies, server as unknown as PushQueueServer, operator, new Metrics());
      await start();
      expect(asked).toEqual(['pause']);
      operator.markKnown();
      expect(asked).toEqual(['pause', 'resume']);
    });

    it('closes for them, and opens again at the usual pace', async () => {
      await start();
      operator.set(pause);
      expect([asked, waitingFor]).toEqual([['pause', 'resume', 'pause'], [['operator']]]);
      expect(gate.closedBy).toEqual([]);
      operator.clear('alice');
      expect(asked.at(-1)).toBe('resume');
    });

    it('is open only where neither they nor a dependency hold it, whoever lets go last', async () => {
      await start();
      operator.set(pause);
      await fail('fcm');
      operator.clear('alice');
      expect(asked.at(-1)).toBe('pause');
      await recover();
      expect(asked.at(-1)).toBe('resume, ramping up');
      await fail('fcm');
      operator.set(pause);
      await recover();
      expect(asked.at(-1)).toBe('pause');
      operator.clear('alice');
      expect(asked.at(-1)).toBe('resume, ramping up');
      expect(waitingFor).toEqual([
        ['operator'],
        ['fcm', 'operator'],
        ['fcm'],
        ['fcm'],
        ['fcm', 'operator'],
        ['operator'],
      ]);
    });

    it('treats a breaker that they hold open as down', async () => {
      await start();
      dependency('fcm').holdOpen({ by: 'alice', since: 1 });
      expect([asked.at(-1), gate.closedBy]).toEqual(['pause', ['fcm']]);
      await recover();
      expect(asked.at(-1)).toBe('pause');
      dependency('fcm').reset('alice');
      await jest.advanceTimersByTimeAsync(10);
      expect(asked.at(-1)).toBe('resume, ramping up');
    });
  });
});
