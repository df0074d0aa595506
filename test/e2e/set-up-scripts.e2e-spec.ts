import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rabbitmqUrl = process.env['RABBITMQ_URL'] ?? 'amqp://guest:guest@127.0.0.1:5672';
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';

interface Ended {
  code: number;
  output: string;
}

/** A copy of the scripts, as a checkout that has started nothing. */
let checkout: string;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'push-set-up-'));
  cpSync(join(__dirname, '..', '..', 'scripts'), join(checkout, 'scripts'), { recursive: true });
});

afterAll(() => rmSync(checkout, { recursive: true }));

function services(action: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } };
    const script = join(checkout, 'scripts', 'services.mjs');
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

  it('reports a server that accepts connections and does not answer', async () => {
    const taken: Socket[] = [];
    const silent = createServer((socket) => void taken.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const { code, output } = await services('up', {
      RABBITMQ_URL: '',
      RABBITMQ_PORT: String(port),
      REDIS_URL: redisUrl,
    });
    for (const socket of taken) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
    expect(output).toContain(`port ${port} takes connections, but does not answer`);
    expect(output).not.toContain('is not RabbitMQ');
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

  it('reports a server that is down', async () => {
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
