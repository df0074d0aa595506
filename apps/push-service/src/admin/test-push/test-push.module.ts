import { Module } from '@nestjs/common';
import { FcmModule } from '@push/fcm';
import { UserClientModule } from '@push/user-client';
import { TestPush } from './test-push';
import { TestPushTargets } from './test-push.targets';

/** A push past the queue, for an operator. */
@Module({
  imports: [FcmModule, UserClientModule],
  providers: [TestPush, TestPushTargets],
  exports: [TestPush],
})
export class TestPushModule {}
