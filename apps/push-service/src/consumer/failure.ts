import { ClaimStoreUnavailableError } from '@push/idempotency';
import { DependencyDownError } from '@push/resilience';

/** Whether Redis could not be told. */
export function redisIsAway(error: unknown): boolean {
  if (error instanceof DependencyDownError) return error.dependency === 'redis';
  return error instanceof ClaimStoreUnavailableError;
}

/** Whether the same may succeed later. */
export function willPass(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}
