import { Module } from '@nestjs/common';
import { ControlModule } from '../control/control.module';
import { IntakeModule } from '../consumer/intake.module';
import { AdminLimits } from './access/admin-limits';
import { WhoamiController } from './access/whoami.controller';
import { BreakersController } from './breakers/breakers.controller';
import { DeadLettersModule } from './dead-letters/dead-letters.module';
import { LetterActionsController } from './dead-letters/letter-actions.controller';
import { LetterLookupController } from './dead-letters/letter-lookup.controller';
import { FleetWriter } from './intake/fleet.writer';
import { IntakeController } from './intake/intake.controller';
import { IntakeWriter } from './intake/intake.writer';
import { LogLevelController } from './log-level/log-level.controller';
import { NotificationsController } from './notifications/notifications.controller';
import { NotificationsModule } from './notifications/notifications.module';
import { TestPushController } from './test-push/test-push.controller';
import { TestPushModule } from './test-push/test-push.module';

/** The admin API: what an operator sees and steers. */
@Module({
  imports: [ControlModule, IntakeModule, DeadLettersModule, NotificationsModule, TestPushModule],
  controllers: [
    WhoamiController,
    LetterLookupController,
    LetterActionsController,
    BreakersController,
    IntakeController,
    LogLevelController,
    NotificationsController,
    TestPushController,
  ],
  providers: [AdminLimits, FleetWriter, IntakeWriter],
})
export class AdminModule {}
