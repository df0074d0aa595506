import { Injectable } from '@nestjs/common';
import { RetryConfig } from '@push/config';
import type { GuardedFcm, PushMessage, SendRefused, SendResult } from '@push/fcm';
import { DependencyDownError } from '@push/resilience';
import { DelegateBackoff, handleWhenResult, retry, type RetryPolicy } from 'cockatiel';

/** Share of a wait that chance may add, so that many retries do not come in step. */
const JITTER = 0.1;

/** How one push to one device ended, for now. */
export type SendReport =
  | { kind: 'accepted'; messageId: string; tries: number }
  /** Refused on every try there was reason for. */
  | { kind: 'refused'; refusal: SendRefused; tries: number }
  /** FCM asks for a longer wait than is worth sitting out in memory. */
  | { kind: 'wait'; delayMs: number; refusal: SendRefused; tries: number }
  /** FCM cannot be used at all, for want of what is named here; nothing is known about this device. */
  | { kind: 'down'; cause: string; tries: number };

/** Told of every answer of FCM, for the figures. */
export type TryListener = (result: SendResult) => void;

/** Sends one push with retries: retry(breakers(send)). The deadline of each try is the transport's. */
@Injectable()
export class Sender {
  private readonly policy: RetryPolicy;

  constructor(
    private readonly fcm: Pick<GuardedFcm, 'send' | 'credentials'>,
    private readonly config: RetryConfig,
    private readonly onTry: TryListener = () => undefined,
  ) {
    this.policy = retry(
      handleWhenResult((result) => this.isWorthAnotherTry(result as SendResult)),
      {
        // cockatiel counts the tries after the first
        maxAttempts: config.maxTries - 1,
        backoff: new DelegateBackoff(({ attempt, result }) =>
          this.waitMs(attempt, 'value' in result ? (result.value as SendResult) : undefined),
        ),
      },
    );
  }

  /** Never rejects. */
  async send(message: PushMessage): Promise<SendReport> {
    let tries = 0;
    try {
      const result = await this.policy.execute(async () => {
        const answer = await this.fcm.send(message);
        tries += 1;
        this.onTry(answer);
        return answer;
      });
      return this.report(result, tries);
    } catch (error) {
      if (error instanceof DependencyDownError)
        return { kind: 'down', cause: error.dependency, tries };
      throw error;
    }
  }

  private report(result: SendResult, tries: number): SendReport {
    if (result.accepted) return { kind: 'accepted', messageId: result.messageId, tries };
    const { failure, retryAfterMs = 0 } = result;
    if (failure === 'credentials') return { kind: 'down', cause: this.fcm.credentials.name, tries };
    const quota = failure === 'rate' || failure === 'target-rate';
    const asksForLong = failure === 'transient' && retryAfterMs > this.config.maxWaitInMemoryMs;
    if (quota || asksForLong)
      return { kind: 'wait', delayMs: retryAfterMs, refusal: result, tries };
    return { kind: 'refused', refusal: result, tries };
  }

  /** Transient trouble is worth it, and a short wait for quota; a long wait belongs into the broker. */
  private isWorthAnotherTry(result: SendResult): boolean {
    if (result.accepted) return false;
    const { failure, retryAfterMs = 0 } = result;
    const passes = failure === 'transient' || failure === 'rate' || failure === 'target-rate';
    return passes && retryAfterMs <= this.config.maxWaitInMemoryMs;
  }

  /** 1 s, 2 s, 4 s ... with a little jitter on top; what FCM asks for is the least. */
  private waitMs(attempt: number, result: SendResult | undefined): number {
    const { initialDelayMs, maxDelayMs } = this.config;
    const exponential = Math.min(initialDelayMs * 2 ** (attempt - 1), maxDelayMs);
    const asked = result && !result.accepted ? (result.retryAfterMs ?? 0) : 0;
    return Math.max(exponential * (1 + Math.random() * JITTER), asked);
  }
}
