import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QUICK, startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const WINDOW_MS = 3000;
const env = { ...QUICK, TOKEN_BRAKE_WINDOW_MS: String(WINDOW_MS) };

/** The tokens that a user has at the real user service. */
async function tokensOf({ userService }: Stack, userId: string): Promise<string[]> {
  const answer = await fetch(`${await userService.getUrl()}/api/v1/users/${userId}/devices`);
  const { data } = (await answer.json()) as { data: { token: string }[] };
  return data.map(({ token }) => token).sort();
}

/** The value of one series of the Prometheus page. */
async function valueOf({ pushUrls }: Stack, name: string): Promise<number> {
  const page = await fetch(`${pushUrls[0] ?? ''}/api/v1/metrics`, {
    headers: { accept: 'text/plain' },
  }).then((answer) => answer.text());
  const line = page.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`There is no series ${name}`);
  return Number(line.slice(name.length));
}

const push = (stack: Stack, request_id: string, user_id: string) =>
  stack.broker.publish({ request_id, user_id, template_code: 'Hi' });

describe('a device token that FCM calls dead', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env });
  });
  afterAll(() => stack.close());

  it('is removed at the user service; the device with a valid token receives the push and is kept', async () => {
    await stack.putUser('both', {
      devices: [{ token: 'unregistered-old-phone' }, { token: 'android-new-phone' }],
    });
    await push(stack, 'both-1', 'both');
    expect(await stack.finalStatus('both-1')).toMatchObject({ status: 'delivered' });
    expect(stack.emulator.device('android-new-phone').screen).toHaveLength(1);
    await waitFor('the dead token to be removed', async () =>
      (await tokensOf(stack, 'both')).every((token) => token === 'android-new-phone'),
    );
    expect(await tokensOf(stack, 'both')).toEqual(['android-new-phone']);
    expect(stack.emulator.requests({ request_id: 'both-1' })).toHaveLength(2);

    await push(stack, 'both-2', 'both');
    await stack.finalStatus('both-2');
    expect(stack.emulator.requests({ request_id: 'both-2' })).toHaveLength(1);
  });

  it('is kept when it belongs to another project', async () => {
    await stack.putUser('foreign', {
      devices: [{ token: 'another-project' }, { token: 'android-f' }],
    });
    stack.emulator.setFaults({
      match: { token: 'another-project' },
      then: { error_code: 'SENDER_ID_MISMATCH' },
    });
    await stack.putUser('witness', {
      devices: [{ token: 'unregistered-witness' }, { token: 'android-w' }],
    });
    await push(stack, 'foreign-1', 'foreign');
    await stack.finalStatus('foreign-1');
    await push(stack, 'witness-1', 'witness');
    await waitFor(
      'a dead token that was refused later to be removed',
      async () => (await tokensOf(stack, 'witness')).length === 1,
    );
    expect(await tokensOf(stack, 'foreign')).toEqual(['android-f', 'another-project']);
  });
});

describe('a mass of dead tokens', () => {
  const users = Array.from({ length: 60 }, (_, n) => `user-${n}`);
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env });
  });
  afterAll(() => stack.close());

  it('is not reported, shows in the metrics, and later removals work', async () => {
    await stack.putUser('healthy', { devices: [{ token: 'android-healthy' }] });
    for (const user of users) {
      await stack.putUser(user, { devices: [{ token: `unregistered-${user}` }] });
    }
    await push(stack, 'healthy-1', 'healthy');
    await stack.finalStatus('healthy-1');
    for (const user of users) await push(stack, `mass-${user}`, user);
    await waitFor(
      'every token to be discarded',
      async () =>
        (await valueOf(stack, 'push_token_reports_total{outcome="discarded"}')) === users.length,
    );
    expect(await valueOf(stack, 'push_token_brake_engaged')).toBe(1);
    expect(await valueOf(stack, 'push_token_reports_total{outcome="reported"}')).toBe(0);
    for (const user of users) expect(await tokensOf(stack, user)).toHaveLength(1);
    expect(stack.emulator.requests()).toHaveLength(users.length + 1);

    await waitFor('the safety threshold to be released', async () => {
      await push(stack, `healthy-${Date.now()}`, 'healthy');
      return (await valueOf(stack, 'push_token_brake_engaged')) === 0;
    });
    await push(stack, 'again', 'user-0');
    await waitFor(
      'the one dead token to be removed',
      async () => (await tokensOf(stack, 'user-0')).length === 0,
    );
    for (const user of users.slice(1)) expect(await tokensOf(stack, user)).toHaveLength(1);
  });
});

/** The real user service behind something that may fail every DELETE. */
class FailingReports {
  failing = true;
  refused = 0;
  target = '';
  private readonly server: Server = createServer((request, response) => {
    if (request.method === 'DELETE' && this.failing) {
      this.refused += 1;
      response.writeHead(503).end();
      return;
    }
    void fetch(this.target + (request.url ?? ''), { method: request.method }).then(
      async (answer) => response.writeHead(answer.status).end(await answer.text()),
      () => response.destroy(),
    );
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('while the user service accepts no reports', () => {
  const users = Array.from({ length: 10 }, (_, n) => `user-${n}`);
  const reports = new FailingReports();
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ env: { ...env, USER_SERVICE_URL: await reports.listen() } });
    reports.target = stack.userServiceUrl;
    for (const user of users) {
      await stack.putUser(user, {
        devices: [{ token: `unregistered-${user}` }, { token: `android-${user}` }],
      });
    }
  });
  afterAll(async () => {
    await stack.close();
    reports.close();
  });

  const health = async (): Promise<Json> => {
    const answer = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/health`);
    return (await answer.json()) as Json;
  };
  const consumers = async () => (await stack.broker.look('push.queue'))?.consumers;

  it('intake continues, and the tokens are removed once it does', async () => {
    // As many as make 100 in flight, 10 each.
    await waitFor('intake to be open', async () => (await consumers()) === 10);
    for (const user of users) await push(stack, `first-${user}`, user);
    for (const user of users) {
      expect(await stack.finalStatus(`first-${user}`)).toMatchObject({ status: 'delivered' });
    }
    const seen = await waitFor('the breaker of the reports to open', async () => {
      const body = await health();
      return /"token-reports":\{[^}]*"state":"open"/.test(JSON.stringify(body)) && body;
    });
    expect(seen).toMatchObject({ status: 'ok' });
    expect(reports.refused).toBeGreaterThanOrEqual(5);
    expect(await consumers()).toBe(10);
    await push(stack, 'meanwhile', 'user-0');
    expect(await stack.finalStatus('meanwhile')).toMatchObject({ status: 'delivered' });

    reports.failing = false;
    for (const user of users) {
      await waitFor(
        `the dead token of ${user} to be removed`,
        async () => (await tokensOf(stack, user)).length === 1,
      );
      expect(await tokensOf(stack, user)).toEqual([`android-${user}`]);
    }
  });
});
