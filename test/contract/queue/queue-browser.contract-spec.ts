import type { QueueBrowser, BrowseStep } from '@push/queue';
import type { ConsumeMessage } from 'amqplib';
import { waitFor } from '../../support/wait-for';
import { gate } from './support/patience';
import { queueSuite } from './support/suite';

const idOf = ({ content }: ConsumeMessage): string =>
  (JSON.parse(content.toString()) as { request_id: string }).request_id;

const range = (count: number): string[] => Array.from({ length: count }, (_, n) => `r${n}`);

describe('QueueBrowser', () => {
  const { broker, proxy, apps } = queueSuite();
  const { failedQueue } = broker.config;

  async function start(messages: number): Promise<QueueBrowser> {
    const { browser } = await apps.startConnected();
    await broker.publishMany(messages, 'r', 'failed');
    return browser;
  }

  async function see(browser: QueueBrowser, atMost?: number): Promise<string[]> {
    const seen: string[] = [];
    const visit = (message: ConsumeMessage): BrowseStep => {
      seen.push(idOf(message));
      return 'keep';
    };
    await browser.browse(failedQueue, { visit }, { atMost });
    return seen;
  }

  it('visits every message in order, any number of times, and removes none', async () => {
    const browser = await start(2500);
    for (let n = 0; n < 4; n += 1) expect(await see(browser)).toEqual(range(2500));
    expect(await broker.ready(failedQueue)).toBe(2500);
  });

  it('visits at most as many messages as asked for, and none in an empty queue', async () => {
    const browser = await start(0);
    expect(await see(browser)).toEqual([]);
    await broker.publishMany(30, 'r', 'failed');
    expect(await see(browser, 7)).toEqual(range(7));
    expect(await see(browser)).toEqual(range(30));
  });

  it('stops where the visitor says so, and keeps that message', async () => {
    const browser = await start(1200);
    let visits = 0;
    const report = await browser.browse(failedQueue, {
      visit: () => ((visits += 1) === 3 ? 'stop' : 'keep'),
    });
    expect(report).toEqual({ depth: 1200, visited: 2, removed: 0, complete: false });
    expect(await see(browser)).toEqual(range(1200));
  });

  it('keeps the order when a browse ends early, also of messages browsed before', async () => {
    const browser = await start(1700);
    await see(browser);
    expect(await see(browser, 10)).toEqual(range(10));
    expect(await see(browser, 3)).toEqual(range(3));
    let visits = 0;
    await browser.browse(failedQueue, { visit: () => ((visits += 1) === 700 ? 'stop' : 'keep') });
    await broker.publishMany(100, 'new', 'failed');
    expect(await see(browser, 20)).toEqual(range(20));
    const all = await see(browser);
    expect(all.slice(0, 1700)).toEqual(range(1700));
    expect(all).toHaveLength(1800);
  });

  it('removes messages that were taken with success, and keeps the others in order', async () => {
    const browser = await start(3000);
    const report = await browser.browse(failedQueue, {
      visit: (message) => (Number(idOf(message).slice(1)) % 3 === 0 ? 'take' : 'keep'),
      take: (message) =>
        idOf(message) === 'r300' ? Promise.reject(new Error('no')) : Promise.resolve(true),
    });
    expect(report).toEqual({ depth: 3000, visited: 3000, removed: 999, complete: true });
    const stay = range(3000).filter((_, n) => n % 3 !== 0 || n === 300);
    expect(await see(browser)).toEqual(stay);
  });

  it('takes two hundred messages at once, and waits for all of them', async () => {
    const browser = await start(1000);
    let now = 0;
    let most = 0;
    let done = 0;
    await browser.browse(failedQueue, {
      visit: () => 'take',
      take: async () => {
        most = Math.max(most, (now += 1));
        await new Promise((resolve) => setTimeout(resolve, 2));
        now -= 1;
        done += 1;
        return true;
      },
    });
    expect([most, done]).toEqual([200, 1000]);
    expect(await broker.ready(failedQueue)).toBe(0);
  });

  it.each([1, 3])(
    'removes messages whose taking ends only after the last visit: every %d',
    async (every) => {
      const browser = await start(450);
      const held = gate();
      let visits = 0;
      const report = await browser.browse(failedQueue, {
        visit: () => {
          if ((visits += 1) === 450) setImmediate(held.open);
          return visits % every === 0 ? 'take' : 'keep';
        },
        take: async () => {
          await held.opened;
          return true;
        },
      });
      expect(report.removed).toBe(450 / every);
      expect(await see(browser)).toEqual(range(450).filter((_, n) => (n + 1) % every !== 0));
    },
  );

  it('ends when taken messages are published to the queue again at once', async () => {
    const { browser, publisher } = await apps.startConnected();
    await broker.publishMany(700, 'r', 'failed');
    const report = await browser.browse(failedQueue, {
      visit: () => 'take',
      take: async ({ content }) => {
        await publisher.publish('failed', content);
        return true;
      },
    });
    expect(report).toEqual({ depth: 700, visited: 700, removed: 700, complete: true });
    expect((await see(browser)).sort()).toEqual(range(700).sort());
  });

  it('ends in time, and reports that it is incomplete', async () => {
    const browser = await start(600);
    const report = await browser.browse(
      failedQueue,
      {
        visit: () => 'take',
        take: async () => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          return true;
        },
      },
      { timeoutMs: 150 },
    );
    expect(report.complete).toBe(false);
    expect(report.removed).toBeLessThanOrEqual(400);
    expect(report.removed + (await see(browser)).length).toBe(600);
  });

  it('ends when somebody else purges the queue', async () => {
    const browser = await start(100);
    const report = await browser.browse(failedQueue, {
      visit: () => 'take',
      take: async (message) => {
        if (idOf(message) === 'r0') await broker.on((channel) => channel.purgeQueue(failedQueue));
        return true;
      },
    });
    expect(report.complete).toBe(true);
    await broker.publishMany(600, 'r', 'failed');
    let purged: Promise<unknown> | undefined;
    const second = await browser.browse(failedQueue, {
      visit: () => {
        purged ??= broker.on((channel) => channel.purgeQueue(failedQueue));
        return 'keep';
      },
    });
    expect(second.visited).toBeLessThanOrEqual(600);
  });

  it('waits for a browse of another process, and reports BUSY when that takes long', async () => {
    const [one, other] = [await start(3), (await apps.startConnected()).browser];
    const held = gate();
    const began = gate();
    const browsing = one.browse(failedQueue, {
      visit: () => 'take',
      take: async () => {
        began.open();
        await held.opened;
        return false;
      },
    });
    await began.opened;
    await expect(see(other)).rejects.toMatchObject({ code: 'BUSY', retryable: true });
    await expect(see(one)).rejects.toMatchObject({ code: 'BUSY' });
    const patient = see(other);
    held.open();
    await browsing;
    expect(await patient).toEqual(range(3));
    expect(await see(one)).toEqual(range(3));
  });

  it('loses neither messages nor their order when its connection breaks', async () => {
    const browser = await start(2000);
    let visits = 0;
    const browsing = browser.browse(failedQueue, {
      visit: () => {
        if ((visits += 1) === 1500) proxy.cut();
        return 'keep';
      },
    });
    await expect(browsing).rejects.toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
    await waitFor('all of them', async () => (await broker.ready(failedQueue)) === 2000);
    const again = (await apps.startConnected()).browser;
    expect(await see(again)).toEqual(range(2000));
  });

  it('rejects while there is no connection, and where there is no queue', async () => {
    const { browser, publisher } = await apps.startConnected();
    await broker.on((channel) => channel.deleteQueue(failedQueue));
    await expect(see(browser)).rejects.toMatchObject({ code: 'QUEUE_GONE' });
    await proxy.stop();
    await waitFor('the connection loss', () => !publisher.connected);
    await expect(see(browser)).rejects.toMatchObject({ code: 'NOT_CONNECTED' });
  });

  describe('in a queue that another team has declared', () => {
    const limited = { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 };

    async function inForeign(args: object, messages: number): Promise<QueueBrowser> {
      await broker.on((channel) =>
        channel.assertQueue(failedQueue, { durable: true, arguments: args }),
      );
      return start(messages);
    }

    it('loses nothing to its delivery limit, however often it is browsed', async () => {
      const browser = await inForeign(limited, 1300);
      for (let n = 0; n < 10; n += 1) {
        expect((await see(browser)).sort()).toEqual(range(1300).sort());
      }
      expect(await broker.ready(failedQueue)).toBe(1300);
    });

    it('loses nothing where each browse stops early and fails to take', async () => {
      const browser = await inForeign(limited, 700);
      for (let n = 0; n < 8; n += 1) {
        let visits = 0;
        await browser.browse(failedQueue, {
          visit: () => ((visits += 1) > 5 ? 'stop' : 'take'),
          take: () => Promise.resolve(false),
        });
      }
      expect((await see(browser)).sort()).toEqual(range(700).sort());
    });

    it("keeps properties, headers and the broker's death headers in a copy", async () => {
      const browser = await inForeign(limited, 0);
      const headers = {
        mine: 'kept',
        'x-death': [{ queue: 'q', reason: 'expired', count: 2 }],
        'x-first-death-reason': 'expired',
      };
      await broker.publish({ request_id: 'r0' }, { key: 'failed', priority: 4, headers });
      for (let n = 0; n < 6; n += 1) await see(browser);
      const { properties } = await broker.take(failedQueue);
      expect(properties).toMatchObject({ priority: 4, headers });
      expect(properties.messageId ?? '').toBe('');
    });

    it('requeues in order in a classic queue', async () => {
      const browser = await inForeign({}, 1200);
      for (let n = 0; n < 6; n += 1) expect(await see(browser)).toEqual(range(1200));
    });
  });
});
