import { execFile } from 'node:child_process';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';

const script = join(__dirname, '..', '..', 'scripts', 'services.mjs');
const rabbitmqUrl = process.env['RABBITMQ_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672';
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

interface Ended {
  code: number;
  output: string;
}

function services(action: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [script, action], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

describe('npm run services', () => {
  let stranger: Server;
  let strangersPort: number;

  beforeAll(async () => {
    stranger = createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    strangersPort = (stranger.address() as AddressInfo).port;
  });

  afterAll(() => new Promise((resolve) => void stranger.close(resolve)));

  it('finds servers that answer', async () => {
    const { code, output } = await services('status', {
      RABBITMQ_URL: rabbitmqUrl,
      REDIS_URL: redisUrl,
    });
    expect(output).toMatch(/RabbitMQ +up/);
    expect(output).toMatch(/Redis +up/);
    expect(code).toBe(0);
  });

  it('names the port and the variable when something else listens there', async () => {
    const { code, output } = await services('up', {
      RABBITMQ_URL: '',
      RABBITMQ_PORT: String(strangersPort),
      REDIS_URL: redisUrl,
    });
    expect(output).toContain(`Port ${strangersPort} is taken by something that is not RabbitMQ`);
    expect(output).toContain('RABBITMQ_PORT');
    expect(code).toBe(1);
  });

  it('names the variable, and not the password, when a given URL is refused', async () => {
    const { hostname, port } = new URL(rabbitmqUrl);
    const { code, output } = await services('up', {
      RABBITMQ_URL: `amqp://nobody:a-wrong-one@${hostname}:${port || '5672'}`,
      REDIS_URL: redisUrl,
    });
    expect(output).toContain('RABBITMQ_URL is set to');
    expect(output).toContain('refuses these credentials');
    expect(output).not.toContain('a-wrong-one');
    expect(code).toBe(1);
  });

  it('tells that a server is down', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const { code, output } = await services('status', {
      RABBITMQ_URL: rabbitmqUrl,
      REDIS_URL: `redis://127.0.0.1:${port}`,
    });
    expect(output).toMatch(/Redis +down/);
    expect(code).toBe(1);
  });
});
