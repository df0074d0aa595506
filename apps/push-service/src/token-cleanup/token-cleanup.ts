import { Injectable } from '@nestjs/common';
import type { FailureClass } from '@push/fcm';
import { DeadTokenReporter } from '@push/user-client';
import { DeadTokenQueue } from './dead-token-queue';
import { TokenCleanupMetrics } from './token-cleanup.metrics';
import { TokenSafetyThreshold } from './token-safety-threshold';

/**
 * Records what FCM answers about the tokens of devices that the user service has named. It only counts and queues: no
 * push waits for it or fails because of it.
 */
@Injectable()
export class TokenCleanup {
  constructor(
    private readonly reporter: DeadTokenReporter,
    private readonly threshold: TokenSafetyThreshold,
    private readonly queue: DeadTokenQueue,
    private readonly metrics: TokenCleanupMetrics,
  ) {}

  /** FCM has accepted a push for a device that was looked up. */
  accepted(): void {
    if (this.reporter.enabled) this.threshold.accepted();
  }

  /** FCM has refused a push for a device that was looked up. Only failures of the token matter here. */
  refused(userId: string, token: string, failure: FailureClass): void {
    if (!this.reporter.enabled) return;
    // The token may be alive in its own project: it is not deleted, but it is a sign that our project is the wrong one.
    if (failure === 'sender') this.threshold.refused();
    if (failure !== 'token') return;
    const result = this.queue.add(userId, token);
    // A token that is sent to again while it waits is still one token.
    if (result === 'known') return;
    if (result === 'full') this.metrics.ended('dropped');
    this.threshold.refused();
  }
}
