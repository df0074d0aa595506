export {
  ClaimStore,
  type Claim,
  type ClaimAnswer,
  type ClaimView,
  type DeviceRecords,
} from './claim-store';
export {
  ClaimLostError,
  ClaimStoreUnavailableError,
  ClaimUnusableError,
  IdempotencyError,
} from './idempotency.errors';
export { IdempotencyModule } from './idempotency.module';
export { RedisClaimStore } from './redis-claim-store';
export { FakeClaimStore, type FakeClaimStoreOptions } from './testing/fake-claim-store';
