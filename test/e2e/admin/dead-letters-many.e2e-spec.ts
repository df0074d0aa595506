import { admin, ADMIN_KEY } from '../../support/admin';
import { MemoryProbe } from '../../support/memory';
import { AppProcess } from '../../support/processes';
import { startStack, untilReady, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const MANY = 10_000;
/** In each dead letter: 160 MB in all. */
const PADDING = 'x'.repeat(16_000);
/** The most that memory may grow while all of them are processed. */
const MAX_GROWTH_MB = 96;

describe('ten thousand dead letters', () => {
  const memory = new MemoryProbe();
  let stack: Stack;
  let app: AppProcess;
  let url: string;

  beforeAll(async () => {
    stack = await startStack();
    await Promise.all(stack.push.splice(0).map((push) => push.close())); // the process under test replaces it
    const env = { ...stack.env, LOG_LEVEL: 'info', ADMIN_API_KEYS: `alice:${ADMIN_KEY}` };
    app = new AppProcess('push-service', { ...env, ...memory.env });
    url = await app.url();
    await untilReady(url);
    const expired = { expires_at: '2020-01-01T00:00:00Z', template_code: PADDING };
    for (let from = 0; from < MANY; from += 1000) {
      const batch = Array.from({ length: 1000 }, (_, n) => from + n);
      await Promise.all(
        batch.map((n) =>
          stack.broker.publish(
            {
              request_id: `r-${n}`,
              error: 'No user',
              error_code: n % 2 ? 'odd' : 'even',
              failed_at: '2026-11-24T12:00:00Z',
              original_message: { request_id: `r-${n}`, user_id: `u-${n}`, ...expired },
            },
            { routingKey: 'failed' },
          ),
        ),
      );
    }
  });
  afterAll(async () => {
    await app.stop();
    memory.close();
    await stack.close();
  });

  it('are listed, filtered and replayed without growth of memory', async () => {
    const figures: Record<string, string> = {};
    let most = 0;
    const timed = async (what: string, path: string, body?: object): Promise<Json> => {
      let answer: Json = {};
      const began = Date.now();
      const growth = await memory.growthDuring(app, async () => {
        const method = body ? 'POST' : 'GET';
        const { body: envelope } = await admin({ pushUrls: [url] }, `/dead-letters${path}`, {
          method,
          body,
        });
        answer = envelope['data'] as Json;
      });
      most = Math.max(most, growth / 1e6);
      figures[what] = `${Date.now() - began} ms, ${(growth / 1e6).toFixed(1)} MB`;
      return answer;
    };

    await timed('first page', '?limit=100');
    const last = await timed('last page', `?limit=100&page=${MANY / 100}`);
    expect(last['letters']).toHaveLength(100);
    const summary = await timed('summary', '/summary');
    expect(summary['by_error_code']).toEqual({ odd: MANY / 2, even: MANY / 2 });
    const filtered = await timed('filter', '?user_id=u-9876');
    expect(filtered).toMatchObject({ visited: MANY, complete: true });
    expect(filtered['letters']).toHaveLength(1);
    const dry = await timed('dry run', '/replay', { all: true, dry_run: true });
    expect(dry).toMatchObject({ matched: MANY, complete: true });
    for (const body of [{ filter: { error_code: 'odd' } }, { all: true }]) {
      let done = 0;
      for (let complete = false; !complete;) {
        const report = await timed(`replay, ${JSON.stringify(body)}`, '/replay', body);
        expect(report).toMatchObject({ refused: 0 });
        done += Number(report['done']);
        complete = report['complete'] === true;
      }
      expect(done).toBe(MANY / 2);
    }
    expect(await stack.broker.depth('failed.queue')).toBe(0);
    await waitFor(
      'all to be processed',
      async () => (await stack.broker.depth('push.queue')) === 0,
      20_000,
    );
    process.stdout.write(`${JSON.stringify(figures, null, 1)}\n`);
    expect(most).toBeLessThan(MAX_GROWTH_MB);
  });
});
