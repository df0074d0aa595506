import { Injectable } from '@nestjs/common';
import type { FailureClass } from '@push/fcm';
import { DeadTokenReporter } from '@push/user-client';
import { TokenCleanupMetrics } from './token-cleanup.metrics';
import { DeadTokenQueue } from './dead-token-queue';
import { TokenSafetyThreshold } from './token-safety-threshold';

/**
 * Takes down what FCM says about the tokens of devices that the user service has named. It only takes notes: no push
 * waits for it or fails because of it.
 */
@Injectable()
export class TokenCleanup {
  constructor(
    private readonly reporter: DeadTokenReporter,
    private readonly brake: TokenSafetyThreshold,
    private readonly queue: DeadTokenQueue,
    private readonly metrics: TokenCleanupMetrics,
  ) {}

  /** FCM has accepted a push for a device that was looked up. */
  accepted(): void {
    if (this.reporter.enabled) this.brake.accepted();
  }

  /** FCM has refused a push for a device that was looked up. Only what it says about the token matters here. */
  refused(userId: string, token: string, failure: FailureClass): void {
    if (!this.reporter.enabled) return;
    // Another project's token may well be alive there: no reason to delete it, but one to doubt our own project.
    if (failure === 'sender') this.brake.refused();
    if (failure === 'token') this.hold(userId, token);
  }

  /** A token that is sent to again while it waits is still one token. */
  private hold(userId: string, token: string): void {
    const addition = this.queue.add(userId, token);
    if (addition === 'known') return;
    if (addition === 'full') this.metrics.ended('dropped');
    this.brake.refused();
  }
}
