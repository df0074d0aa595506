import { Injectable } from '@nestjs/common';
import { RetryConfig } from '@push/config';
import type { FailureClass, GuardedFcm, PushMessage, SendRefused, SendResult } from '@push/fcm';
import { DependencyDownError } from '@push/resilience';
import { DelegateBackoff, handleWhenResult, retry } from 'cockatiel';
import type { DeviceIdentity } from './device-identity';

/** Share of a wait that chance may add, so that many retries do not come in step. */
const JITTER = 0.1;

/** Failures that another try may not meet again. */
const PASSING = new Set<FailureClass>(['transient', 'rate', 'target-rate']);

/** How one push to one device ended, for now. Tries are all there were, those before a parking too. */
export type SendReport =
  | { kind: 'accepted'; messageId: string; tries: number }
  /** Refused on every try there was reason for. */
  | { kind: 'refused'; refusal: SendRefused; tries: number }
  /** The next try is due after a longer wait than is worth sitting out in memory. */
  | {
      kind: 'wait';
      delayMs: number;
      refusal: SendRefused;
      tries: number;
      /** Those that count against RETRY_MAX_TRIES: where the quota was used up, FCM has not tried. */
      countedTries: number;
    }
  /** FCM cannot be used at all, for want of what is named here; nothing is known about this device. */
  | { kind: 'down'; cause: string; tries: number };

/** Tries so far, and those of them that count against RETRY_MAX_TRIES. */
interface Tries {
  all: number;
  counted: number;
}

/** A push to one device, and how that device is told of. */
export interface AddressedPush extends PushMessage {
  identity: DeviceIdentity;
}

/** Told of every answer of FCM and how long it took, for the figures. */
export type TryListener = (result: SendResult, message: AddressedPush, seconds: number) => void;

/** Sends one push with retries: retry(breakers(send)). The deadline of each try is the transport's. */
@Injectable()
export class Sender {
  constructor(
    private readonly fcm: Pick<GuardedFcm, 'send' | 'credentials'>,
    private readonly config: RetryConfig,
    private readonly onTry: TryListener = () => undefined,
  ) {}

  /**
   * Never rejects.
   * @param earlierTries those before the request was parked, which count too
   */
  async send(message: AddressedPush, earlierTries = 0): Promise<SendReport> {
    const count: Tries = { all: earlierTries, counted: earlierTries };
    try {
      const sentAt = performance.now();
      const first = this.answered(await this.fcm.send(message), message, count, sentAt);
      const result = this.isTriedAgain(first, count.all)
        ? await this.tryAgain(first, message, count)
        : first;
      return this.report(result, count);
    } catch (error) {
      if (error instanceof DependencyDownError)
        return { kind: 'down', cause: error.dependency, tries: count.all };
      throw error;
    }
  }

  private async attempt(message: AddressedPush, count: Tries): Promise<SendResult> {
    const sentAt = performance.now();
    return this.answered(await this.fcm.send(message), message, count, sentAt);
  }

  private answered(
    answer: SendResult,
    message: AddressedPush,
    count: Tries,
    sentAt: number,
  ): SendResult {
    count.all += 1;
    if (!answer.accepted && answer.failure === 'transient') count.counted += 1;
    this.onTry(answer, message, (performance.now() - sentAt) / 1000);
    return answer;
  }

  /** Made only for what is to be tried again, as most messages need no policy. */
  private tryAgain(first: SendResult, message: AddressedPush, count: Tries): Promise<SendResult> {
    const policy = retry(
      handleWhenResult((result) => this.isTriedAgain(result as SendResult, count.all)),
      {
        // cockatiel counts the tries after the first
        maxAttempts: this.config.maxTries - 1,
        backoff: new DelegateBackoff(({ result }) =>
          'value' in result ? this.pauseMs(result.value as SendResult, count.all) : 0,
        ),
      },
    );
    return policy.execute(({ attempt }) => (attempt === 0 ? first : this.attempt(message, count)));
  }

  private report(result: SendResult, { all: tries, counted }: Tries): SendReport {
    if (result.accepted) return { kind: 'accepted', messageId: result.messageId, tries };
    const { failure, retryAfterMs = 0 } = result;
    if (failure === 'credentials') return { kind: 'down', cause: this.fcm.credentials.name, tries };
    const quota = failure === 'rate' || failure === 'target-rate';
    const delayMs = this.dueInMs(result, tries) ?? (quota ? retryAfterMs : undefined);
    if (delayMs === undefined) return { kind: 'refused', refusal: result, tries };
    return { kind: 'wait', delayMs, refusal: result, tries, countedTries: counted };
  }

  /** A long wait belongs into the broker, whoever asks for it. */
  private isTriedAgain(result: SendResult, tries: number): boolean {
    const dueInMs = this.dueInMs(result, tries);
    return dueInMs !== undefined && dueInMs <= this.config.maxWaitInMemoryMs;
  }

  /** A little jitter on top, as far as that keeps the wait worth sitting out. */
  private pauseMs(result: SendResult, tries: number): number {
    const jittered = (this.dueInMs(result, tries) ?? 0) * (1 + Math.random() * JITTER);
    return Math.min(jittered, this.config.maxWaitInMemoryMs);
  }

  /**
   * How long after so many tries the next is due: 1 s, 2 s, 4 s ..., or what FCM asks for where that is longer.
   * @returns undefined where there is no reason for another
   */
  private dueInMs(result: SendResult, tries: number): number | undefined {
    const { maxTries, initialDelayMs, maxDelayMs } = this.config;
    if (result.accepted || !PASSING.has(result.failure) || tries >= maxTries) return undefined;
    const exponential = Math.min(initialDelayMs * 2 ** (tries - 1), maxDelayMs);
    return Math.max(exponential, result.retryAfterMs ?? 0);
  }
}
