import { createServer, type Server } from 'node:http';
import { TcpProxy } from '../../support/tcp-proxy';
import { freePort } from '../../support/ports';
import { AppProcess } from '../../support/processes';
import { REDIS_URL } from '../../support/servers';
import { QUICK, startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const MESSAGES = 30;

interface Outage {
  /** What is down when the service starts. */
  what: string;
  dependency: string;
  /** Takes it away; returns what the service is configured with. */
  begin: () => Promise<Record<string, string>> | Record<string, string>;
  end: () => unknown;
}

describe('starting while something that is needed is down', () => {
  let stack: Stack;
  let app: AppProcess | undefined;
  let userService: Server | undefined;
  let userPort: number;
  const redis = new TcpProxy(withPort(REDIS_URL, 6379));

  beforeAll(async () => {
    stack = await startStack({ instances: 0 });
  });
  afterEach(async () => {
    await app?.stop();
    userService?.closeAllConnections();
    userService?.close();
    stack.emulator.reset();
  });
  afterAll(async () => {
    await redis.stop();
    await stack.close();
  });

  const outages: Outage[] = [
    {
      what: 'FCM refuses our credentials',
      dependency: 'credentials',
      begin: () => {
        stack.emulator.setFaults({ then: { error_code: 'UNAUTHENTICATED' } });
        return {};
      },
      end: () => stack.emulator.setFaults(),
    },
    {
      what: 'FCM answers 503',
      dependency: 'fcm',
      begin: () => {
        stack.emulator.setFaults({ then: { status: 503 } });
        return {};
      },
      end: () => stack.emulator.setFaults(),
    },
    {
      what: 'Redis cannot be reached',
      dependency: 'redis',
      begin: async () => {
        const REDIS_URL = await redis.start();
        await redis.stop();
        return { REDIS_URL };
      },
      end: () => redis.start(),
    },
    {
      what: 'the user service cannot be reached',
      dependency: 'user-service',
      begin: async () => {
        userPort = await freePort();
        return { USER_SERVICE_URL: `http://127.0.0.1:${userPort}` };
      },
      end: () => {
        userService = createServer((_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ push_token: 'android-start' }));
        }).listen(userPort, '127.0.0.1');
      },
    },
  ];

  it.each(outages)(
    'begins no message while $what, says that it waits for $dependency, and delivers all once it is well',
    async ({ dependency, begin, end }) => {
      await stack.putUser('u', { devices: [{ token: 'android-start', platform: 'android' }] });
      const ids = Array.from({ length: MESSAGES }, (_, n) => `start-${dependency}-${n}`);
      for (const request_id of ids) {
        await stack.broker.publish({ request_id, user_id: 'u', template_code: 'Hi' });
      }
      app = new AppProcess('push-service', {
        ...stack.env,
        ...QUICK,
        LOG_LEVEL: 'info',
        ...(await begin()),
      });
      const api = `${await app.url()}/api/v1`;
      const pause = await waitFor('the pause', () =>
        app?.log.find(({ message }) => String(message).startsWith('Intake paused')),
      );
      expect(pause['waiting_for']).toEqual([dependency]);
      await waitFor('probes', async () => {
        const { circuit_breakers } = await read(`${api}/metrics`);
        return circuit_breakers[dependency].state === 'open';
      });
      const { details } = await read(`${api}/health`);
      expect(details.circuit_breakers[dependency]).toMatchObject({ status: 'down' });
      const page = await fetch(`${api}/metrics`, { headers: { accept: 'text/plain' } });
      const lines = (await page.text()).split('\n');
      expect(lines).toContain(
        `push_circuit_breaker_state{dependency="${dependency}",state="closed"} 0`,
      );
      expect(lines).toContain(`push_intake_gate_closed{waiting_for="${dependency}"} 1`);
      expect(lines.filter((line) => /^push_intake_gate_closed.* 1$/.test(line))).toHaveLength(1);
      expect(await read(`${api}/metrics`)).toMatchObject({
        notifications: { received: 0 },
        intake: { paused: true, in_flight: 0 },
      });
      expect(await stack.broker.look('push.queue')).toEqual({ messages: MESSAGES, consumers: 0 });

      await end();
      for (const id of ids) {
        expect(await stack.finalStatus(id, 30_000)).toMatchObject({ status: 'delivered' });
      }
      expect(stack.emulator.messages()).toHaveLength(MESSAGES);
      expect(stack.emulator.requests().filter(({ validate_only }) => !validate_only)).toHaveLength(
        MESSAGES,
      );
      expect(await stack.broker.depth('failed.queue')).toBe(0);
    },
  );
});

async function read(url: string): Promise<Json> {
  return (await (await fetch(url)).json()) as Json;
}

function withPort(url: string, usual: number): URL {
  const target = new URL(url);
  target.port ||= String(usual);
  return target;
}
