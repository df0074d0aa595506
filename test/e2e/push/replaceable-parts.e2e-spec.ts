import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { FcmTransport, type PushMessage, type SendOptions, type SendResult } from '@push/fcm';
import { ClaimStore, FakeClaimStore } from '@push/idempotency';
import { PushQueueServer } from '@push/queue';
import { FakeRecipientDirectory, RecipientDirectory } from '@push/user-client';
import { AppModule } from '../../../apps/push-service/src/app.module';
import { TestBroker } from '../../support/broker';
import { RABBITMQ_URL, REDIS_URL } from '../../support/servers';
import { uniqueNamespace } from '../../support/stack';
import { waitFor } from '../../support/wait-for';

class RecordingTransport extends FcmTransport {
  readonly sent: PushMessage[] = [];
  readonly sessions = 0;
  readonly streams = 0;

  send(message: PushMessage, { validateOnly = false }: SendOptions = {}): Promise<SendResult> {
    if (!validateOnly) this.sent.push(message);
    return Promise.resolve({ accepted: true, messageId: 'm-1' });
  }
}

describe('push-service with other parts put in', () => {
  const namespace = uniqueNamespace();
  const transport = new RecordingTransport();
  const claims = new FakeClaimStore();
  const directory = new FakeRecipientDirectory();
  let app: NestFastifyApplication;
  let broker: TestBroker;

  beforeAll(async () => {
    const environment = {
      PORT: '0',
      LOG_LEVEL: 'silent',
      RABBITMQ_URL,
      REDIS_URL,
      QUEUE_NAMESPACE: namespace,
      REDIS_NAMESPACE: namespace,
      FCM_EMULATOR_HOST: '127.0.0.1:9',
      STATUS_CALLBACK_URL: '',
    };
    const module = await Test.createTestingModule({ imports: [AppModule.register(environment)] })
      .overrideProvider(FcmTransport)
      .useValue(transport)
      .overrideProvider(ClaimStore)
      .useValue(claims)
      .overrideProvider(RecipientDirectory)
      .useValue(directory)
      .compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    app.connectMicroservice({ strategy: app.get(PushQueueServer) });
    await app.init();
    await app.startAllMicroservices();
    broker = await TestBroker.open(namespace);
    await waitFor('the consumers', async () => (await broker.look('push.queue'))?.consumers);
  });
  afterAll(async () => {
    await app.close();
    await broker.close();
  });

  it('looks up, claims and sends through them', async () => {
    directory.put('u', [{ token: 'device-1', platform: 'ios' }]);
    await broker.publish({ request_id: 'parts', user_id: 'u', template_code: 'Hi' });
    await waitFor('the end of the request', () => claims.resultOf('parts'));
    expect(transport.sent).toMatchObject([{ token: 'device-1', content: { body: 'Hi' } }]);
    expect(claims.resultOf('parts')).toMatchObject({ kind: 'delivered' });
  });

  it('leaves status events on the exchange where no callback is configured', async () => {
    await broker.publish({
      request_id: 'no-callback',
      push_token: 'device-2',
      template_code: 'Hi',
    });
    await waitFor('the end of the request', () => claims.resultOf('no-callback'));
    await waitFor('the ack', async () => (await broker.depth('push.queue')) === 0);
    expect(await broker.look('push.status.queue')).toBeUndefined();
    expect(await broker.depth('failed.queue')).toBe(0);
  });
});
