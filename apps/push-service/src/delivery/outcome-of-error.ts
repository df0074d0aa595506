import { Logger } from '@nestjs/common';
import { ClaimStoreUnavailableError } from '@push/idempotency';
import { DependencyDownError } from '@push/resilience';
import { StoppingError } from './delivery.errors';
import { rejected, type Interrupted, type Rejected } from './outcome';

const logger = new Logger('Delivery');

/** The outcome of a delivery that threw: interrupted where something is down or ends, else an error of ours, logged. */
export function outcomeOfError(error: unknown, requestId: string): Interrupted | Rejected {
  if (error instanceof DependencyDownError) return { kind: 'interrupted', cause: error.dependency };
  if (error instanceof ClaimStoreUnavailableError) return { kind: 'interrupted', cause: 'redis' };
  if (error instanceof StoppingError) return { kind: 'interrupted', cause: 'shutdown' };
  logger.error({ request_id: requestId, err: error }, 'Delivery failed unexpectedly');
  return rejected('internal_error', 'An unexpected error; see the log of push-service');
}
