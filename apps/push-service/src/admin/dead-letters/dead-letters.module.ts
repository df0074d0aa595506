import { Module } from '@nestjs/common';
import { IdempotencyModule } from '@push/idempotency';
import { BrokerModule } from '../../broker/broker.module';
import { TimelineModule } from '../../timeline/timeline.module';
import { LetterActions } from './letter-actions';
import { LetterBrowser } from './letter-browser';
import { LetterReplay } from './letter-replay';
import { ReplayPermit } from './replay-permit';

/** What an operator sees of `failed.queue`, and does with it. */
@Module({
  imports: [BrokerModule, IdempotencyModule, TimelineModule],
  providers: [LetterBrowser, LetterActions, LetterReplay, ReplayPermit],
  exports: [LetterBrowser, LetterActions],
})
export class DeadLettersModule {}
