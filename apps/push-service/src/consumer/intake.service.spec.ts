import { loadConfig } from '@push/config';
import { ClaimUnusableError } from '@push/idempotency';
import { PushContext } from '@push/queue';
import type { Channel, ConsumeMessage } from 'amqplib';
import { DeliveryConfig } from '../delivery/delivery.config';
import type {
  DeliveryRequest,
  DeliveryResult,
  DeliveryService,
} from '../delivery/delivery.service';
import type { Outcome } from '../delivery/outcome';
import type { Intaken } from './ends';
import { Intake } from './intake.service';
import type { OutcomeLog } from './outcome-log';
import type { Begun, Redeliveries } from './redeliveries';
import type { Settled, Settlement } from './settlement';

class FakeRedeliveries {
  /** Undefined while it cannot tell. */
  known: number | undefined = 0;

  begin = async <T>(_: PushContext, work: (begun: Begun) => Promise<T>): Promise<T | undefined> =>
    this.known === undefined ? undefined : work({ before: this.known, claimed: this.forget });

  forget = (): Promise<void> => {
    this.known = 0;
    return Promise.resolve();
  };

  remember = (_: PushContext, before: number): Promise<void> => {
    this.known = before;
    return Promise.resolve();
  };
}

const BODY = { request_id: 'r', user_id: 'u', template_code: 'Hi' };

describe('Intake', () => {
  let delivered: DeliveryRequest[];
  let settled: { message: Intaken; result: DeliveryResult }[];
  let parked: number[];
  let redeliveries: FakeRedeliveries;
  let deliveryError: Error | undefined;
  let settles: Settled;
  let noted: Outcome[];
  let knownAtWork: number | undefined;
  let more: Partial<DeliveryResult>;

  beforeEach(() => {
    delivered = [];
    settled = [];
    parked = [];
    redeliveries = new FakeRedeliveries();
    deliveryError = undefined;
    settles = 'concluded';
    noted = [];
    more = {};
  });

  const take = async (headers: Record<string, unknown>, env: Record<string, string> = {}) => {
    const intake = new Intake(
      {
        deliver: async (request: DeliveryRequest, claimed: () => Promise<void>) => {
          delivered.push(request);
          if (deliveryError) throw deliveryError;
          await claimed();
          knownAtWork = redeliveries.known;
          return { outcome: { kind: 'skipped', reason: 'opted_out' }, ...more };
        },
      } as unknown as DeliveryService,
      {
        settle: (message: Intaken, result: DeliveryResult) => {
          settled.push({ message, result });
          return Promise.resolve(settles);
        },
        parkAgain: (_: Intaken, delayMs: number) => {
          parked.push(delayMs);
          return Promise.resolve<Settled>('went_back');
        },
      } as unknown as Settlement,
      {
        received: () => undefined,
        note: (outcome: Outcome) => noted.push(outcome),
      } as unknown as OutcomeLog,
      redeliveries as unknown as Redeliveries,
      loadConfig([DeliveryConfig], env).get(DeliveryConfig) as DeliveryConfig,
    );
    const message = {
      content: Buffer.from(JSON.stringify(BODY)),
      fields: { redelivered: false },
      properties: { headers, correlationId: 'from-property', timestamp: 1_000_000 },
    } as unknown as ConsumeMessage;
    await intake.take(
      { ok: true, value: BODY },
      new PushContext(message, null as unknown as Channel, () => undefined),
    );
  };

  const expectUnread = (message?: Intaken): void => {
    expect(message?.ids).toBeUndefined();
    expect(message?.body).toMatchObject({ ok: false, raw: Buffer.from(JSON.stringify(BODY)) });
  };

  it('takes the correlation id from the message where the body has none', async () => {
    await take({});
    expect(delivered[0]?.notification.correlationId).toBe('from-property');
    expect(settled[0]?.message.ids?.correlationId).toBe('from-property');
  });

  it('puts a message that came back too early into the broker again', async () => {
    await take({ 'x-not-before': Date.now() + 60_000 });
    expect(parked[0]).toBeGreaterThan(59_000);
    expect(delivered).toHaveLength(0);
  });

  it('hands on what the message has behind it', async () => {
    redeliveries.known = 3;
    await take({ 'x-parked-count': 7, 'x-tries': 4, 'x-waits': 2 });
    expect(delivered[0]).toMatchObject({
      begunBefore: 3,
      parkedCount: 7,
      progress: { tries: 4, waits: 2 },
    });
  });

  it('ends as delivered what its message calls delivered, though its claim cannot be used', async () => {
    deliveryError = new ClaimUnusableError('r', 'key', 'WRONGTYPE');
    const device = { device: 'a...z', fingerprint: 'f', status: 'delivered' };
    await take({ 'x-device-results': JSON.stringify([device]), 'x-tries': 2 });
    expect(settled[0]?.result.outcome).toEqual({
      kind: 'delivered',
      devices: [device],
      attempts: 2,
    });
  });

  it.each([-1, 0.5, 'many', null])('takes a count of %p for none', async (count) => {
    await take({ 'x-tries': count, 'x-waits': count });
    expect(delivered[0]?.progress).toMatchObject({ tries: 0, waits: 0 });
  });

  it('buries unread what was given up before and still did not come to its end', async () => {
    redeliveries.known = 15;
    await take({});
    expect(delivered).toHaveLength(1);
    redeliveries.known = 16;
    await take({});
    expect(delivered).toHaveLength(1);
    expect(settled[1]?.result.outcome).toMatchObject({ kind: 'rejected', code: 'gave_up' });
    expectUnread(settled[1]?.message);
  });

  it('buries unread what delivery will have nothing more to do with', async () => {
    await take({});
    expect(settled[0]?.message.ids).toBeDefined();
    more = { unread: true };
    await take({});
    expectUnread(settled[1]?.message);
  });

  it('forgets how often a message was begun as soon as it has its claim', async () => {
    redeliveries.known = 4;
    await take({});
    expect(delivered[0]?.begunBefore).toBe(4);
    expect([knownAtWork, redeliveries.known]).toEqual([0, 0]);
  });

  it('goes on counting a message that cannot be settled for good', async () => {
    redeliveries.known = 4;
    settles = 'failed';
    await take({});
    expect(redeliveries.known).toBe(4);
  });

  it.each<[Settled, Outcome]>([
    ['concluded', { kind: 'skipped', reason: 'opted_out' }],
    ['unannounced', { kind: 'skipped', reason: 'opted_out' }],
    ['overtaken', { kind: 'duplicate' }],
    ['went_back', { kind: 'interrupted', cause: 'settlement' }],
    ['failed', { kind: 'interrupted', cause: 'settlement' }],
  ])('tells of a message that is %s only what has come about', async (settled, outcome) => {
    settles = settled;
    await take({});
    expect(noted).toEqual([outcome]);
  });

  it('tells what has interrupted a message', async () => {
    redeliveries.known = undefined;
    settles = 'went_back';
    await take({});
    expect(noted).toEqual([{ kind: 'interrupted', cause: 'redis' }]);
  });

  it('does not hold the deliveries against a message that the broker has counted', async () => {
    await take({ 'x-delivery-count': 19 });
    expect(delivered[0]?.begunBefore).toBe(0);
  });

  it('gives a message back while it cannot be told how often it was delivered', async () => {
    redeliveries.known = undefined;
    await take({});
    expect(delivered).toHaveLength(0);
    expect(settled[0]?.result.outcome).toEqual({ kind: 'interrupted', cause: 'redis' });
  });

  it('gives a request without an expiry the configured one, from its publication', async () => {
    await take({}, { DEFAULT_TTL_SECONDS: '60' });
    expect(delivered[0]?.notification.expiresAt).toBe(1_000_060_000);
  });
});
