import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preflight } from '../../../apps/push-service/src/preflight/preflight';
import { startOwnRedis, type OwnRedis } from '../../support/own-redis';
import { freePort } from '../../support/ports';
import { AppProcess } from '../../support/processes';
import { RABBITMQ_URL } from '../../support/servers';
import { startStack, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

interface Row {
  check: string;
  result: 'ok' | 'warning' | 'failed';
  found: string;
  advice?: string;
}

const PASSWORD = 'hunter2-of-a-test';

describe('the preflight', () => {
  let stack: Stack;
  let ownRedis: OwnRedis;

  beforeAll(async () => {
    stack = await startStack({ instances: 0 });
    ownRedis = await startOwnRedis();
  });
  afterEach(() => stack.emulator.reset());
  afterAll(async () => {
    await ownRedis.kill();
    await stack.close();
  });

  const run = async (env: Record<string, string> = {}, ...args: string[]) => {
    const process = new AppProcess('push-service', { ...stack.env, ...env }, [
      'preflight',
      ...args,
    ]);
    const code = await process.exited;
    return { code, output: process.output };
  };
  const rowsOf = async (env: Record<string, string> = {}, ...args: string[]) => {
    const { code, output } = await run(env, '--json', ...args);
    const { passed, checks } = JSON.parse(output) as { passed: boolean; checks: Row[] };
    expect(passed).toBe(code === 0);
    return { code, rows: checks };
  };
  const failures = (rows: readonly Row[]) => rows.filter(({ result }) => result === 'failed');

  it('passes when everything works, with a row for each check', async () => {
    const { code, rows } = await rowsOf();
    expect(failures(rows)).toEqual([]);
    expect(code).toBe(0);
    expect(new Set(rows.map(({ check }) => check))).toEqual(
      new Set([
        'configuration',
        'rabbitmq',
        'redis',
        'user service',
        'gateway',
        'firebase',
        'templates',
      ]),
    );
  });

  it('prints a table for a person', async () => {
    const { output } = await run();
    expect(output).toMatch(/^CHECK +RESULT +WHAT WAS FOUND +WHAT TO DO\n/);
    expect(output).toMatch(/^redis +ok +Redis \d/m);
    expect(output).toMatch(/\d+ ok, \d+ warnings, 0 failed/);
  });

  it('consumes no message, and declares nothing without --declare', async () => {
    await stack.broker.publish({ request_id: 'left-alone', template_code: 'Hi' });
    const seen = await rowsOf();
    const missing = seen.rows.find(({ found }) => found.includes('push.status.queue'));
    expect(missing).toMatchObject({
      result: 'ok',
      found: expect.stringMatching(/will be declared/),
    });
    expect(await stack.broker.look('push.status.queue')).toBeUndefined();
    const [message] = await stack.broker.take('push.queue');
    expect(message?.fields.redelivered).toBe(false);
    expect(stack.emulator.messages()).toEqual([]);

    expect((await rowsOf({}, '--declare')).code).toBe(0);
    expect(await stack.broker.look('push.status.queue')).toEqual({ messages: 0, consumers: 0 });
  });

  const nowhere = async () => `127.0.0.1:${await freePort()}`;

  interface Problem {
    what: string;
    check: string;
    env: () => Promise<Record<string, string>> | Record<string, string>;
    advice: string;
    /** Part of the finding. */
    found?: string;
  }

  const problems: Problem[] = [
    {
      what: 'RabbitMQ is unreachable',
      check: 'rabbitmq',
      env: async () => ({ RABBITMQ_URL: `amqp://guest:${PASSWORD}@${await nowhere()}` }),
      advice: 'Check that RabbitMQ runs',
      found: 'ECONNREFUSED',
    },
    {
      what: 'RabbitMQ refuses the password',
      check: 'rabbitmq',
      env: () => ({ RABBITMQ_URL: RABBITMQ_URL.replace(/:[^:@/]+@/, `:${PASSWORD}@`) }),
      advice: 'Correct user and password in RABBITMQ_URL',
    },
    {
      what: 'there is no such virtual host',
      check: 'rabbitmq',
      env: () => ({ RABBITMQ_URL: `${RABBITMQ_URL.replace(/\/$/, '')}/no-such-host` }),
      advice: 'virtual host',
    },
    {
      what: 'Redis is unreachable',
      check: 'redis',
      env: async () => ({ REDIS_URL: `redis://:${PASSWORD}@${await nowhere()}` }),
      advice: 'Check that Redis runs',
    },
    {
      what: 'the user service is unreachable',
      check: 'user service',
      env: async () => ({ USER_SERVICE_URL: `http://${await nowhere()}` }),
      advice: 'USER_SERVICE_URL',
    },
    {
      what: 'the user service has no such health route',
      check: 'user service',
      env: () => ({ USER_SERVICE_HEALTH_PATH: '/healthy' }),
      advice: 'USER_SERVICE_HEALTH_PATH',
      found: '404',
    },
    {
      what: 'the gateway is unreachable',
      check: 'gateway',
      env: async () => ({ STATUS_CALLBACK_URL: `http://${await nowhere()}/status` }),
      advice: 'STATUS_CALLBACK_URL',
    },
    {
      what: 'the gateway has another secret',
      check: 'gateway',
      env: () => ({ STATUS_CALLBACK_SECRET: PASSWORD }),
      advice: 'Set STATUS_CALLBACK_SECRET',
      found: '401',
    },
    {
      what: 'the status route does not exist',
      check: 'gateway',
      env: () => ({ STATUS_CALLBACK_URL: `${stack.gatewayUrl}/api/v1/push/statuses` }),
      advice: 'Correct STATUS_CALLBACK_URL',
      found: '404',
    },
    {
      what: 'FCM is unreachable',
      check: 'firebase',
      env: async () => ({ FCM_EMULATOR_HOST: await nowhere() }),
      advice: 'fcm.googleapis.com cannot be reached',
    },
    {
      what: 'FCM refuses our credentials',
      check: 'firebase',
      env: () => {
        stack.emulator.setFaults({ then: { error_code: 'UNAUTHENTICATED' } });
        return {};
      },
      advice: 'credentials of another project',
      found: 'credentials',
    },
    {
      what: 'the service account file is invalid',
      check: 'firebase',
      env: () => {
        const file = join(mkdtempSync(join(tmpdir(), 'preflight-')), 'key.json');
        writeFileSync(file, JSON.stringify({ type: 'service_account', project_id: 'p' }));
        return { FCM_EMULATOR_HOST: '', GOOGLE_APPLICATION_CREDENTIALS: file };
      },
      advice: 'Correct GOOGLE_APPLICATION_CREDENTIALS',
    },
    {
      what: 'the templates do not exist',
      check: 'templates',
      env: () => ({ TEMPLATES_DIR: '/no/such/folder' }),
      advice: 'TEMPLATES_DIR',
    },
  ];

  it.each(problems)('fails only the check $check when $what, with advice', async (problem) => {
    const env = await problem.env();
    const { code, rows } = await rowsOf(env);
    expect(code).toBe(1);
    expect(failures(rows).map(({ check }) => check)).toEqual([problem.check]);
    const [row] = failures(rows);
    expect(row?.advice).toContain(problem.advice);
    expect(row?.found).toContain(problem.found ?? '');
    expect(JSON.stringify(rows)).not.toContain(PASSWORD);
  });

  it('names every invalid variable, and still runs the checks that do not need them', async () => {
    const { code, rows } = await rowsOf({
      RABBITMQ_URL: `rabbit:${PASSWORD}`,
      MESSAGE_PREFETCH_COUNT: 'ten',
    });
    expect(code).toBe(1);
    const wrong = failures(rows).map(({ check, found }) => `${check}: ${found}`);
    expect(wrong).toEqual([
      expect.stringMatching(/^configuration: RABBITMQ_URL should be/),
      expect.stringMatching(/^configuration: MESSAGE_PREFETCH_COUNT should be/),
      'rabbitmq: not checked: its configuration is invalid',
    ]);
    expect(rows.find(({ check }) => check === 'redis')?.result).toBe('ok');
    expect(JSON.stringify(rows)).not.toContain(PASSWORD);
  });

  it('warns about a Redis that loses data: with eviction, or without persistence', async () => {
    await ownRedis.admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const { code, rows } = await rowsOf({ REDIS_URL: ownRedis.url });
    expect(code).toBe(0);
    const warnings = rows.filter(({ result }) => result === 'warning');
    expect(warnings.map(({ check }) => check)).toEqual(['redis', 'redis']);
    expect(warnings.map(({ advice }) => advice).join()).toMatch(/noeviction.*appendonly/);
  });

  it.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])(
    'warns where nothing listens at %s, as pushes are delivered without traces',
    async (variable) => {
      const { code, rows } = await rowsOf({ [variable]: `http://${await nowhere()}` });
      expect(code).toBe(0);
      expect(rows.find(({ check }) => check === 'traces')).toMatchObject({
        result: 'warning',
        advice: expect.stringContaining('Check that the collector runs'),
      });
    },
  );

  it("reports how another team's queue differs, and fails for an exchange of another type", async () => {
    const other = await startStack({
      instances: 0,
      existing: (broker) => broker.declareQueue('push.queue', { 'x-max-priority': 10 }),
    });
    const { code, rows } = await rowsOf(other.env);
    expect(code).toBe(0);
    expect(rows.find(({ result }) => result === 'warning')).toMatchObject({
      check: 'rabbitmq',
      found: expect.stringMatching(/push\.queue: exists with other arguments.*used as it is/),
    });
    const fanout = await rowsOf({
      ...other.env,
      QUEUE_NAMESPACE: '',
      NOTIFICATIONS_EXCHANGE: 'amq.fanout',
    });
    expect(fanout.code).toBe(1);
    expect(failures(fanout.rows)[0]?.advice).toContain('NOTIFICATIONS_EXCHANGE');
    await other.close();
  });

  it('fails a check that takes too long, and reports the others', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const source = { ...stack.env, FCM_EMULATOR_HOST: `127.0.0.1:${port}` };
    const rows = await preflight({ source, limitMs: 1000 });
    for (const socket of sockets) socket.destroy();
    silent.close();
    expect(failures(rows)).toMatchObject([
      { check: 'firebase', found: 'no answer within 1000 ms' },
    ]);
  });
});

describe('a start with the preflight', () => {
  let stack: Stack;
  let app: AppProcess | undefined;

  beforeAll(async () => {
    stack = await startStack({ instances: 0 });
  });
  afterAll(async () => {
    await app?.stop();
    await stack.close();
  });

  it('is refused with the report while a check fails', async () => {
    const env = { ...stack.env, PREFLIGHT: 'true', TEMPLATES_DIR: '/no/such/folder' };
    app = new AppProcess('push-service', env);
    expect(await app.exited).toBe(1);
    expect(app.output).toContain('push-service cannot start. The preflight failed');
    expect(app.output).toMatch(/^templates +failed +TEMPLATES_DIR cannot be read/m);
    expect(app.output).not.toMatch(/^\s+at /m);
  });

  it('continues when every check passes', async () => {
    app = new AppProcess('push-service', { ...stack.env, LOG_LEVEL: 'info' }, ['--preflight']);
    expect(await app.url()).toMatch(/^http/);
    await waitFor('the consumers', async () => (await stack.broker.look('push.queue'))?.consumers);
    app.kill('SIGTERM');
    expect(await app.exited).toBe(0);
  });
});
