import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { MakeApp } from '@push/http';
import { PushQueueServer } from '@push/queue';
import type { Channel } from 'amqplib';
import { IntakeVigil } from '../../../apps/push-service/src/health/intake-vigil';
import { IntakeWatchOptions } from '../../../apps/push-service/src/health/intake-watch';
import { startStack, type Json, type Stack } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

const SILENCE_MS = 1500;
const LOOK_EVERY_MS = 100;

/** Sees in seconds what takes minutes otherwise. */
const impatient: MakeApp = async (module, adapter, options) => {
  const built = await Test.createTestingModule({
    imports: [module],
  })
    .overrideProvider(IntakeVigil)
    .useFactory({ factory: () => new IntakeVigil({ silenceMs: SILENCE_MS }) })
    .overrideProvider(IntakeWatchOptions)
    .useValue({ everyMs: LOOK_EVERY_MS })
    .compile();
  return built.createNestApplication<NestFastifyApplication>(adapter, options);
};

/** What a fault would reach into. */
interface Inside {
  consumers: { channel: Channel; consumers: { tag: string }[] };
}

describe('the liveness of an intake', () => {
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

  /** Cancels our consumers at the broker, and tells nobody here. */
  const cancelBehindItsBack = async (): Promise<Inside['consumers']> => {
    const { consumers: group } = server() as unknown as Inside;
    await Promise.all(group.consumers.map(({ tag }) => group.channel.cancel(tag)));
    return group;
  };

  it('fails when messages arrive and the consumers, cancelled behind its back, hear nothing', async () => {
    await cancelBehindItsBack();
    await holds('an empty queue'); // which is nobody's fault
    await stack.broker.publish({ request_id: 'unheard', push_token: 't', template_code: 'Hi' });
    expect((await dead())['message']).toContain('handed to nobody');
  });

  it('fails when the consumers are gone and nothing opens them again', async () => {
    const group = await cancelBehindItsBack();
    group.consumers = [];
    expect((await dead())['message']).toContain('no consumer is open');
  });

  it('holds on an idle queue, in a pause and while FCM is slow', async () => {
    await holds('an idle queue');
    stack.emulator.setFaults({ then: { latency_ms: 4 * SILENCE_MS } });
    await stack.broker.publish({
      request_id: 'slow',
      push_token: 'android-slow',
      template_code: 'Hi',
    });
    await waitFor('the message in hand', () => server().inFlight === 1);
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
