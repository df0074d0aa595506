import { ConsoleLogger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BreakerConfig, ConfigModule, FcmConfig } from '@push/config';
import { Dependencies, ResilienceModule } from '@push/resilience';
import { FcmModule } from './fcm.module';
import { FcmTransport } from './fcm-transport';
import { GuardedFcm } from './guarded-fcm';
import { Http2Transport } from './http2/http2.transport';
import { SdkTransport } from './sdk/sdk.transport';
import { FakeTransport } from './testing/fake-transport';

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
    const message = { token: 't', content: { data: {}, priority: 'normal', tag: 't' } } as const;
    await module.get(GuardedFcm).send(message);
    expect(fake.sent).toMatchObject([{ message }]);
    expect(
      module
        .get(Dependencies)
        .all()
        .map(({ name }) => name),
    ).toEqual(['credentials', 'fcm']);
    await module.close();
  });
});
