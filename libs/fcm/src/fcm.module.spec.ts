import { ConsoleLogger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, FcmConfig } from '@push/config';
import { ResilienceModule, type Dependency } from '@push/resilience';
import { FCM_DEPENDENCY, probeFcm } from './fcm.dependency';
import { FcmProbeError } from './fcm.errors';
import { FcmModule } from './fcm.module';
import { FcmTransport, type FailureClass, type SendResult } from './fcm-transport';
import { Http2Transport } from './http2/http2.transport';
import type { PushMessage } from './push-message';
import { SdkTransport } from './sdk/sdk.transport';

/** Answers what it is told to, and remembers what it was asked. */
class FakeTransport extends FcmTransport {
  readonly sent: { message: PushMessage; validateOnly?: boolean }[] = [];
  result: SendResult = { accepted: true, messageId: 'm' };
  override sessions = 0;

  override async send(message: PushMessage, options?: { validateOnly?: boolean }) {
    this.sent.push({ message, ...options });
    return this.result;
  }

  refuse(failure: FailureClass): this {
    this.result = { accepted: false, failure, code: 'CODE', message: 'why' };
    return this;
  }
}

function moduleWith(variables: Record<string, string> = {}) {
  return Test.createTestingModule({
    imports: [
      ConfigModule.forRoot([FcmConfig, BreakerConfig], {
        FCM_EMULATOR_HOST: '127.0.0.1:1',
        ...variables,
      }),
      ResilienceModule,
      FcmModule,
    ],
  }).setLogger(new ConsoleLogger({ logLevels: [] }));
}

describe('FcmModule', () => {
  it.each([
    ['http2', Http2Transport],
    ['sdk', SdkTransport],
  ])('provides the %s transport by configuration, and closes it', async (name, type) => {
    const module = await moduleWith({ FCM_TRANSPORT: name }).compile();
    const transport = module.get(FcmTransport);
    expect(transport).toBeInstanceOf(type);
    await module.close();
    const message = { token: 't', content: { data: {}, priority: 'normal', tag: 't' } } as const;
    expect(await transport.send(message)).toMatchObject({ code: 'CLOSED' });
  });

  it('lets a test put its own transport in place', async () => {
    const fake = new FakeTransport();
    const module = await moduleWith().overrideProvider(FcmTransport).useValue(fake).compile();
    expect(module.get(FcmTransport)).toBe(fake);
    expect(module.get<Dependency>(FCM_DEPENDENCY).name).toBe('fcm');
    await module.close();
  });
});

describe('FCM as a dependency', () => {
  it.each<[FailureClass, number]>([
    ['transient', 1],
    ['rate', 1],
    ['token', 0],
    ['sender', 0],
    ['payload', 0],
    ['platform-auth', 0],
    ['target-rate', 0],
  ])('counts a %s failure as %i', async (failure, failures) => {
    const fake = new FakeTransport().refuse(failure);
    const module = await moduleWith().overrideProvider(FcmTransport).useValue(fake).compile();
    const fcm = module.get<Dependency>(FCM_DEPENDENCY);
    await fcm.run(async () => fake.result);
    expect([fcm.failures, fcm.available]).toEqual([failures, true]);
    await module.close();
  });

  it('is down at once when the credentials are refused', async () => {
    const fake = new FakeTransport().refuse('credentials');
    const module = await moduleWith().overrideProvider(FcmTransport).useValue(fake).compile();
    const fcm = module.get<Dependency>(FCM_DEPENDENCY);
    await fcm.run(async () => fake.result);
    expect(fcm.available).toBe(false);
    await module.close();
  });
});

describe('probeFcm', () => {
  it('has a message checked that shows up nowhere', async () => {
    const fake = new FakeTransport();
    await probeFcm(fake);
    expect(fake.sent).toEqual([expect.objectContaining({ validateOnly: true })]);
  });

  it.each<FailureClass>(['token', 'sender', 'payload', 'platform-auth', 'target-rate'])(
    'takes a %s refusal for a sign of life',
    async (failure) => {
      await expect(probeFcm(new FakeTransport().refuse(failure))).resolves.toBeUndefined();
    },
  );

  it.each<FailureClass>(['transient', 'rate', 'credentials'])(
    'says why FCM is not well: %s',
    async (failure) => {
      const probe = probeFcm(new FakeTransport().refuse(failure));
      await expect(probe).rejects.toThrow(FcmProbeError);
      await expect(probe).rejects.toThrow(/CODE\): why/);
    },
  );
});
