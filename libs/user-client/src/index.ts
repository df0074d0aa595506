export { DeadTokenReporter, HttpDeadTokenReporter } from './dead-token-reporter';
export { HttpRecipientDirectory, RecipientDirectory } from './recipient-directory';
export { FakeDeadTokenReporter } from './testing/fake-dead-token-reporter';
export { FakeRecipientDirectory } from './testing/fake-recipient-directory';
export { UserServiceError, type UserServiceErrorCode } from './user-client.errors';
export { UserClientModule } from './user-client.module';
