export { HttpRecipientDirectory } from './http-recipient-directory';
export { RecipientDirectory } from './recipient-directory';
export { FakeRecipientDirectory } from './testing/fake-recipient-directory';
export { UserServiceError, type UserServiceErrorCode } from './user-client.errors';
export { UserClientModule } from './user-client.module';
