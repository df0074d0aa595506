import { Logger } from '@nestjs/common';
import { ClaimStoreUnavailableError } from '@push/idempotency';
import { DependencyDownError } from '@push/resilience';
import { rejected, type Interrupted, type Rejected } from './outcome';

const logger = new Logger('Delivery');

/** The outcome of a delivery that threw: interrupted where something is down, else an error of ours, logged. */
export function outcomeOfError(error: unknown, requestId: string): Interrupted | Rejected {
  if (error instanceof DependencyDownError) return { kind: 'interrupted', cause: error.dependency };
  if (error instanceof ClaimStoreUnavailableError) return { kind: 'interrupted', cause: 'redis' };
  logger.error({ request_id: requestId, err: error }, 'Delivery failed unexpectedly');
  return rejected('internal_error', 'An unexpected error; see the log of push-service');
}
