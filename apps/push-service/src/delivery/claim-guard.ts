import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import {
  ClaimLostError,
  ClaimStore,
  ClaimStoreUnavailableError,
  type ClaimAnswer,
} from '@push/idempotency';
import { DependencyDownError } from '@push/resilience';
import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import { PoisonGuard, type Start } from './poison-guard';
import type { MessageTelemetry } from './telemetry';

/** Take-overs from which on a request is suspected of ending its workers; one may happen to anybody. */
const SUSPECT_AFTER = 2;
/** Wait between tries to write what must not be forgotten. */
const RETRY_EVERY_MS = 250;

/** Claims requests, so that each is worked on once. A suspect is claimed only when it is its turn. */
@Injectable()
export class ClaimGuard {
  constructor(
    private readonly claims: ClaimStore,
    private readonly poison: PoisonGuard,
  ) {}

  /**
   * Claims a request for this worker. A suspect for which there is no room to wait is answered `held`.
   * @throws {StoppingError} where the turn of a suspect comes too late
   * @throws whatever {@link ClaimStore.claim} throws
   */
  async claim(requestId: string, start: Start, telemetry: MessageTelemetry): Promise<ClaimAnswer> {
    const answer = await this.ask(requestId, telemetry);
    if ('claim' in answer) {
      if (answer.claim.takenOver) telemetry.claimTakenOver();
      await start.claimed();
    }
    if (answer.state !== 'claimed' || answer.claim.takeOvers < SUSPECT_AFTER) return answer;
    // A crash while it waits is not its own: without a claim it is not counted.
    await answer.claim.release();
    const startNext = await this.poison.isolate(start);
    if (startNext === undefined) return { state: 'held', remainingMs: Infinity };
    const again = await this.ask(requestId, telemetry);
    setImmediate(startNext);
    return again;
  }

  private ask(requestId: string, telemetry: MessageTelemetry): Promise<ClaimAnswer> {
    return telemetry.step(
      'claim',
      () => this.claims.claim(requestId),
      (answer) => ({
        event: 'claim',
        answer: answer.state,
        taken_over: 'claim' in answer && answer.claim.takenOver,
        take_overs: 'claim' in answer ? answer.claim.takeOvers : 0,
        held_ms: answer.state === 'held' ? answer.remainingMs : undefined,
      }),
    );
  }
}

/**
 * Writes to claims for as long as it takes. Once FCM has a push, forgetting it would show it twice; so while Redis is down
 * the message stays in flight, unacknowledged, and the write is tried again.
 */
@Injectable()
export class ClaimRecorder implements OnApplicationShutdown {
  private readonly logger = new Logger(ClaimRecorder.name);
  private readonly stopped = new AbortController();
  private readonly retries = retry(
    handleWhen(
      (error) =>
        error instanceof ClaimStoreUnavailableError || error instanceof DependencyDownError,
    ),
    { maxAttempts: Infinity, backoff: new ConstantBackoff(RETRY_EVERY_MS) },
  ).dangerouslyUnref();

  constructor() {
    this.retries.onRetry((failure) =>
      this.logger.debug(
        { err: 'error' in failure ? failure.error : undefined },
        'A result could not be recorded yet',
      ),
    );
  }

  /** The process stops: waits for Redis this much longer, and then no more. */
  giveUpAfter(ms: number): void {
    setTimeout(() => this.stopped.abort(), ms).unref();
  }

  /**
   * @returns false where another worker holds the claim by now
   * @throws the store's error once it has given up, or where the claim can never be written
   */
  record(write: () => Promise<void>, telemetry: MessageTelemetry): Promise<boolean> {
    return telemetry.step('record', async () => {
      try {
        await this.retries.execute(write, this.stopped.signal);
        return true;
      } catch (error) {
        if (error instanceof ClaimLostError) return false;
        throw error;
      }
    });
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
  }
}
