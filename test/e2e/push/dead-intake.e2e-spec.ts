import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { MakeApp } from '@push/http';
import { PushQueueServer } from '@push/queue';
import type { Channel } from 'amqplib';
import { IntakeLivenessOptions } from '../../../apps/push-service/src/health/intake-liveness';
import { startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const SILENCE_MS = 1500;
const INTERVAL_MS = 100;

/** Detects in seconds what takes minutes otherwise. */
const impatient: MakeApp = async (module, adapter, options) => {
  const built = await Test.createTestingModule({
    imports: [module],
  })
    .overrideProvider(IntakeLivenessOptions)
    .useValue(
      Object.assign(new IntakeLivenessOptions(), {
        intervalMs: INTERVAL_MS,
        silenceMs: SILENCE_MS,
      }),
    )
    .compile();
  return built.createNestApplication<NestFastifyApplication>(adapter, options);
};

/** What a fault would change. */
interface Inside {
  consumers: { channel: Channel; consumers: { tag: string }[] };
}

describe('the liveness check of intake', () => {
  let stack: Stack;

  beforeEach(async () => {
    stack = await startStack({ make: impatient });
    await waitFor('the consumers', async () => (await stack.broker.look('push.queue'))?.consumers);
  });
  afterEach(() => stack.close());

  const live = async (): Promise<{ code: number; intake: Json }> => {
    const answer = await fetch(`${stack.pushUrls[0] ?? ''}/api/v1/health/live`);
    const { details } = (await answer.json()) as Json;
    return { code: answer.status, intake: details.intake as Json };
  };
  const dead = () =>
    waitFor('a failed liveness check', async () => {
      const { code, intake } = await live();
      return code === 503 ? intake : undefined;
    });
  const holds = async (what: string) => {
    const begunAt = Date.now();
    await waitFor(what, async () => {
      expect([what, (await live()).code]).toEqual([what, 200]);
      return Date.now() - begunAt > 2 * SILENCE_MS;
    });
  };
  const server = () => stack.push[0]?.get(PushQueueServer) as PushQueueServer;

  /** Cancels our consumers at the broker, without notice to the service. */
  const cancelUnnoticed = async (): Promise<Inside['consumers']> => {
    const { consumers: group } = server() as unknown as Inside;
    await Promise.all(group.consumers.map(({ tag }) => group.channel.cancel(tag)));
    return group;
  };

  it('fails when messages arrive and none is delivered to the consumers, which the broker has cancelled unnoticed', async () => {
    await cancelUnnoticed();
    await holds('an empty queue');
    await stack.broker.publish({ request_id: 'undelivered', push_token: 't', template_code: 'Hi' });
    expect((await dead())['message']).toContain('none is delivered');
  });

  it('fails when the consumers are closed and nothing opens them again', async () => {
    const group = await cancelUnnoticed();
    group.consumers = [];
    expect((await dead())['message']).toContain('no consumer is open');
  });

  it('passes on an idle queue, in a pause and while FCM is slow', async () => {
    await holds('an idle queue');
    stack.emulator.setFaults({ then: { latency_ms: 4 * SILENCE_MS } });
    await stack.broker.publish({
      request_id: 'slow',
      push_token: 'android-slow',
      template_code: 'Hi',
    });
    await waitFor('the message in flight', () => server().inFlight === 1);
    await holds('a slow FCM');
    await server().pause('a test');
    await stack.broker.publish({
      request_id: 'later',
      push_token: 'android-s',
      template_code: 'Hi',
    });
    await holds('a pause');
  });
});
