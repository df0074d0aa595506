import { Module } from '@nestjs/common';
import { HttpRecipientDirectory } from './http-recipient-directory';
import { RecipientDirectory } from './recipient-directory';
import { UserServiceClient } from './user-service.client';

/** Provides {@link RecipientDirectory} over HTTP. Needs UserServiceConfig, BreakerConfig and ResilienceModule in the app. */
@Module({
  providers: [UserServiceClient, { provide: RecipientDirectory, useClass: HttpRecipientDirectory }],
  exports: [RecipientDirectory],
})
export class UserClientModule {}
