import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ClaimLostError, ClaimStoreUnavailableError } from '@push/idempotency';
import { inSpan } from '@push/observability';
import { DependencyDownError } from '@push/resilience';
import { DeliveryMetrics } from '../metrics/delivery.metrics';

/** Wait between tries to write what must not be forgotten. */
const RETRY_EVERY_MS = 250;

/** How a write to a claim ended: done, or of no use since another worker holds the claim now. */
export type RecordAnswer = 'recorded' | 'lost';

/**
 * Writes what has happened into a claim, for as long as it takes. Once FCM has a push, forgetting it would show it
 * twice; so while Redis is away the message stays in hand, unacknowledged, and the write is tried again.
 */
@Injectable()
export class Recorder implements OnApplicationShutdown {
  private readonly logger = new Logger(Recorder.name);
  private readonly stopped = new AbortController();

  constructor(private readonly metrics: DeliveryMetrics) {}

  /** The process is to end: waits for Redis this much longer, and then for nothing any more. */
  giveUpAfter(ms: number): void {
    setTimeout(() => this.stopped.abort(), ms).unref();
  }

  /** @throws the store's error once it has given up */
  record(write: () => Promise<void> | undefined): Promise<RecordAnswer> {
    return inSpan('record', () => this.persist(write));
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
  }

  private async persist(write: () => Promise<void> | undefined): Promise<RecordAnswer> {
    const startedAt = performance.now();
    try {
      for (;;) {
        try {
          await write();
          return 'recorded';
        } catch (error) {
          if (error instanceof ClaimLostError) return 'lost';
          if (!isPassing(error) || this.stopped.signal.aborted) throw error;
          this.logger.debug({ err: error }, 'A result could not be recorded yet');
          await sleep(RETRY_EVERY_MS, undefined, { ref: false });
        }
      }
    } finally {
      this.metrics.stage('record', (performance.now() - startedAt) / 1000);
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof ClaimStoreUnavailableError || error instanceof DependencyDownError;
}
