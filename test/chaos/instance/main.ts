import { parseArgs } from 'node:util';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { FcmConfig } from '@push/config';
import { FcmTransport, FirebaseProject } from '@push/fcm';
import type { MakeApp } from '@push/http';
import { ClaimStore } from '@push/idempotency';
import { runApp } from '@push/runtime';
import { GuardedPublisher } from '../../../apps/push-service/src/broker/guarded.publisher';
import { DeliveryPipeline } from '../../../apps/push-service/src/delivery/delivery.pipeline';
import { startPushService } from '../../../apps/push-service/src/start';
import { DyingClaims } from './dying-claims';
import { DyingPipeline } from './dying-pipeline';
import { DyingPublisher } from './dying-publisher';
import { DyingTransport } from './dying-transport';
import { prepareDeath } from './fault-points';
import { mutate } from './mutations';

const { values: orders } = parseArgs({
  options: {
    /** `<fault point>@<passage>`: dies there. */
    die: { type: 'string' },
    /** One mechanism is broken; see mutations.ts. */
    mutation: { type: 'string' },
  },
});

/** push-service of the test build: the same module, with four of its parts replaced by ones that can die. */
const makeMortal: MakeApp = async (module, adapter, options) => {
  const mortal = Test.createTestingModule({ imports: [module] })
    .overrideProvider(ClaimStore)
    .useClass(DyingClaims)
    .overrideProvider(GuardedPublisher)
    .useClass(DyingPublisher)
    .overrideProvider(DeliveryPipeline)
    .useClass(DyingPipeline)
    .overrideProvider(FcmTransport)
    .useFactory({
      factory: (project: FirebaseProject, config: FcmConfig) => new DyingTransport(project, config),
      inject: [FirebaseProject, FcmConfig],
    });
  const testing = await mutate(mortal, orders.mutation).compile();
  return testing.createNestApplication<NestFastifyApplication>(adapter, options);
};

prepareDeath(orders.die);
void runApp('push-service', () => startPushService(undefined, makeMortal));
