import { Dependencies, type Dependency } from '@push/resilience';
import { holds } from '../../contract/queue/support/patience';
import { admin, startAdminStack } from '../../support/admin';
import { QUICK, sentRequestIds, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

describe('breakers controlled by an operator, in two instances', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startAdminStack({ instances: 2, env: QUICK });
  });
  afterAll(() => stack.close());
  beforeEach(() => stack.emulator.reset());

  const both = (name: string): Dependency[] =>
    stack.push.map((app) => app.get(Dependencies).get(name)!);
  const ask = (name: string, what: string) =>
    admin(stack, `/breakers/${name}/${what}`, { method: 'POST' });
  const until = (name: string, open: boolean) =>
    waitFor(`${name} in both`, () => both(name).every(({ available }) => available !== open));

  it('are all listed', async () => {
    const { body } = await admin(stack, '/breakers');
    const breakers = body['data'] as Json[];
    expect(breakers.map(({ dependency }) => String(dependency))).toEqual(
      expect.arrayContaining([
        'rabbitmq',
        'redis',
        'user-service',
        'credentials',
        'fcm',
        'gateway',
      ]),
    );
    expect(breakers[0]).toMatchObject({ state: 'closed', failures: 0, openings: 0, held: null });
  });

  it('use up no message while one is held open, and deliver all of them once after a reset', async () => {
    const { status, body } = await ask('fcm', 'open');
    expect([status, body['data']]).toMatchObject([
      200,
      { dependency: 'fcm', state: 'open', next_probe_at: null, held: { by: 'alice' } },
    ]);
    await until('fcm', true);
    await waitFor('no consumers', async () => {
      return (await stack.broker.look('push.queue'))?.consumers === 0;
    });
    const ids = Array.from({ length: 30 }, (_, n) => `held-${n}`);
    for (const request_id of ids) {
      await stack.broker.publish({ request_id, push_token: 'android-h', template_code: 'Hi' });
    }
    // Three times the interval of probes, one of which would close it.
    await holds(
      'all in the queue',
      async () => {
        return (await stack.broker.depth('push.queue')) === 30;
      },
      1500,
    );
    expect(stack.emulator.requests()).toEqual([]);
    expect(await stack.broker.depth('failed.queue')).toBe(0);
    const health = await fetch(`${stack.pushUrls[1] ?? ''}/api/v1/health`);
    expect(health.status).toBe(503);
    expect(await health.text()).toContain('held open by alice');

    expect((await ask('fcm', 'reset')).status).toBe(200);
    for (const id of ids)
      expect(await stack.finalStatus(id)).toMatchObject({ status: 'delivered' });
    expect(sentRequestIds(stack).sort()).toEqual([...ids].sort());
    await until('fcm', false);
  });

  it.each(['redis', 'rabbitmq'])('release %s again', async (name) => {
    await ask(name, 'open');
    await until(name, true);
    await holds('the hold', () => both(name).every(({ available }) => !available), 1500);
    expect((await ask(name, 'reset')).status).toBe(200);
    await until(name, false);
    const request_id = `after-${name}`;
    await stack.broker.publish({ request_id, push_token: 'android-h', template_code: 'Hi' });
    expect(await stack.finalStatus(request_id)).toMatchObject({ status: 'delivered' });
  });

  it('are closed at once in both by an operator, and work automatically afterwards', async () => {
    stack.emulator.setFaults({ then: { error_code: 'UNAVAILABLE' } });
    for (const dependency of both('fcm')) await dependency.trip('seen by this test');
    const { body } = await ask('fcm', 'close');
    expect(body['data']).toMatchObject({ state: 'closed', held: null, failures: 0 });
    await until('fcm', false);
    for (const dependency of both('fcm')) await dependency.trip('seen by this test');
    stack.emulator.setFaults();
    await until('fcm', false);
  });

  it('answer 404 with all names for one that does not exist', async () => {
    for (const name of ['nobody', '__proto__', 'constructor']) {
      const { status, body } = await ask(name, 'open');
      expect([status, body['error']]).toEqual([404, 'unknown_dependency']);
      expect(body['message']).toContain('rabbitmq');
      expect(body['message']).toContain('fcm');
    }
  });
});
