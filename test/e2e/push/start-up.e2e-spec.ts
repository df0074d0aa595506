import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { freePort } from '../../support/ports';
import { AppProcess } from '../../support/processes';
import { RABBITMQ_URL, REDIS_URL } from '../../support/servers';
import { startStack, untilReady, type Stack } from '../../support/stack';

describe('starting with a configuration that cannot work', () => {
  const fails = async (env: Record<string, string>): Promise<string> => {
    const app = new AppProcess('push-service', { PORT: '0', ...env });
    expect(await app.exited).toBe(1);
    return app.output;
  };

  it('says what to set when there is neither Firebase nor the emulator', async () => {
    const output = await fails({});
    expect(output).toContain('GOOGLE_APPLICATION_CREDENTIALS is not set');
    expect(output).toContain('FCM_EMULATOR_HOST');
  });

  it('names every wrong variable at once, and no value', async () => {
    const output = await fails({
      RABBITMQ_URL: 'rabbit-at-home:hunter2',
      MESSAGE_PREFETCH_COUNT: 'ten',
      REDIS_URL: 'http://127.0.0.1',
      FCM_EMULATOR_HOST: '127.0.0.1:8004',
    });
    for (const variable of ['RABBITMQ_URL', 'MESSAGE_PREFETCH_COUNT', 'REDIS_URL']) {
      expect(output).toContain(variable);
    }
    expect(output).not.toContain('hunter2');
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('names the port and the variable when the port is in use', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '0.0.0.0', resolve));
    const { port } = squatter.address() as AddressInfo;
    const output = await fails({ PORT: String(port), FCM_EMULATOR_HOST: '127.0.0.1:8004' });
    squatter.close();
    expect(output).toContain(`Port ${port} is in use`);
    expect(output).toContain('set PORT');
  });

  it.each(['api-gateway', 'user-service', 'fcm-emulator'])(
    '%s names a wrong PORT',
    async (name) => {
      const app = new AppProcess(name, { PORT: 'eighty' });
      expect(await app.exited).toBe(1);
      expect(app.output).toContain('PORT should be a whole number');
    },
  );
});

describe('starting before RabbitMQ and Redis are there', () => {
  const lines: Server[] = [];
  const sockets = new Set<Socket>();
  let stack: Stack;
  let app: AppProcess | undefined;

  /** Lets connections to a port through to a real server, as if that server had just come up there. */
  const comeUp = async (port: number, url: string, usualPort: number): Promise<void> => {
    const { hostname, port: target } = new URL(url);
    const server = createServer((socket) => {
      const upstream = connect(Number(target || usualPort), hostname);
      for (const end of [socket, upstream]) sockets.add(end.on('error', () => undefined));
      socket.pipe(upstream).pipe(socket);
    });
    lines.push(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  };

  beforeAll(async () => {
    stack = await startStack({ instances: 0 });
  });
  afterAll(async () => {
    await app?.stop();
    for (const socket of sockets) socket.destroy();
    for (const server of lines) server.close();
    await stack.close();
  });

  it('says so, is not ready, keeps trying, and works once they come', async () => {
    const [rabbitPort, redisPort] = [await freePort(), await freePort()];
    const at = (url: string, port: number): string => {
      const moved = new URL(url);
      moved.hostname = '127.0.0.1';
      moved.port = String(port);
      return moved.href;
    };
    app = new AppProcess('push-service', {
      ...stack.env,
      LOG_LEVEL: 'info',
      RABBITMQ_URL: at(RABBITMQ_URL, rabbitPort),
      REDIS_URL: at(REDIS_URL, redisPort),
    });
    const url = await app.url();
    const ready = await fetch(`${url}/api/v1/health/ready`);
    expect(ready.status).toBe(503);
    expect((await fetch(`${url}/api/v1/health/live`)).status).toBe(200);
    const warnings = app.log.filter(({ level }) => level === 'WARN' || level === 'ERROR');
    expect(JSON.stringify(warnings)).toMatch(/RabbitMQ/i);
    expect(JSON.stringify(warnings)).toMatch(/Redis/i);
    expect(warnings.length).toBeLessThan(10);

    await comeUp(redisPort, REDIS_URL, 6379);
    await comeUp(rabbitPort, RABBITMQ_URL, 5672);
    await untilReady(url, 30_000);
    await stack.broker.publish({
      request_id: 'late',
      push_token: 'android-late',
      template_code: 'Hi',
    });
    expect(await stack.finalStatus('late', 30_000)).toMatchObject({ status: 'delivered' });
  });
});
