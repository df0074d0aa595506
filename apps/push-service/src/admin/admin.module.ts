import { Module } from '@nestjs/common';
import { FcmModule } from '@push/fcm';
import { IdempotencyModule } from '@push/idempotency';
import { UserClientModule } from '@push/user-client';
import { BrokerModule } from '../broker/broker.module';
import { IntakeModule } from '../consumer/intake.module';
import { ControlModule } from '../control/control.module';
import { TimelineModule } from '../timeline/timeline.module';
import { AdminLimits } from './access/admin.guard';
import { WhoamiController } from './access/whoami.controller';
import { BreakersController } from './breakers/breakers.controller';
import { DeadLetterActions } from './dead-letters/dead-letter-actions';
import { DeadLetterBrowser } from './dead-letters/dead-letter-browser';
import { DeadLetterReplay, ReplayPermit } from './dead-letters/dead-letter-replay';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { IntakeController } from './intake/intake.controller';
import { DeploymentReport, IntakeReport } from './intake/intake.report';
import { LogLevelController } from './log-level/log-level.controller';
import { NotificationLookup } from './notifications/notification-lookup';
import { NotificationRelease } from './notifications/notification-release';
import { NotificationsController } from './notifications/notifications.controller';
import { TestPush } from './test-push/test-push';
import { TestPushController } from './test-push/test-push.controller';

/** The admin API: what operators see and control. */
@Module({
  imports: [
    ControlModule,
    IntakeModule,
    BrokerModule,
    IdempotencyModule,
    TimelineModule,
    FcmModule,
    UserClientModule,
  ],
  controllers: [
    WhoamiController,
    DeadLettersController,
    BreakersController,
    IntakeController,
    LogLevelController,
    NotificationsController,
    TestPushController,
  ],
  providers: [
    AdminLimits,
    DeploymentReport,
    IntakeReport,
    DeadLetterBrowser,
    DeadLetterActions,
    DeadLetterReplay,
    ReplayPermit,
    NotificationLookup,
    NotificationRelease,
    TestPush,
  ],
})
export class AdminModule {}
