import { Module } from '@nestjs/common';
import { DeadTokenReporter, HttpDeadTokenReporter } from './dead-token-reporter';
import { HttpRecipientDirectory, RecipientDirectory } from './recipient-directory';
import { UserServiceClient } from './user-service.client';

/**
 * Provides {@link RecipientDirectory} and {@link DeadTokenReporter} over HTTP. Needs UserServiceConfig, BreakerConfig and
 * ResilienceModule in the app.
 */
@Module({
  providers: [
    UserServiceClient,
    { provide: RecipientDirectory, useClass: HttpRecipientDirectory },
    { provide: DeadTokenReporter, useClass: HttpDeadTokenReporter },
  ],
  exports: [RecipientDirectory, DeadTokenReporter],
})
export class UserClientModule {}
