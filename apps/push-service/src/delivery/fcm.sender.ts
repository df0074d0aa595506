import { Injectable } from '@nestjs/common';
import { RetryConfig } from '@push/config';
import { tokenFingerprint, type Device } from '@push/contracts';
import { GuardedFcm, type PushContent, type PushMessage, type SendResult } from '@push/fcm';
import type { Claim } from '@push/idempotency';
import { DependencyDownError } from '@push/resilience';
import { DelegateBackoff, handleWhenResult, retry, type RetryPolicy } from 'cockatiel';
import { TokenCleanup } from '../token-cleanup/token-cleanup';
import {
  identityOf,
  isFinal,
  isTransient,
  resultOf,
  type DeviceIdentity,
  type DeviceResults,
  type SendReport,
  type Sends,
} from './device-results';
import { ClaimRecorder } from './claim-guard';
import type { Recipients } from './recipients';
import type { MessageTelemetry } from './telemetry';

/** Devices of one notification that are sent to side by side. */
const MAX_PARALLEL_DEVICES = 50;
/** Share of a wait that chance may add, so that many retries are spread out. */
const JITTER = 0.1;

/** What the sends of one notification need to know of the work on it. */
export interface SendContext {
  claim: Claim;
  /** Devices with a final result; those that get one now are added. */
  results: DeviceResults;
  /** Failed sends before the message was parked. */
  earlierTries: number;
  telemetry: MessageTelemetry;
}

/** One answer of FCM, and which try it was. */
interface Try {
  result: SendResult;
  /** Those before the message was parked included. */
  tries: number;
  /** Milliseconds until the next try is due; undefined where there is no reason for another. */
  dueInMs?: number;
}

/** Sends notifications through FCM with retries: retry(breakers(send)). The deadline of each try is the transport's. */
@Injectable()
export class FcmSender {
  private readonly retries: RetryPolicy;

  constructor(
    private readonly fcm: GuardedFcm,
    private readonly config: RetryConfig,
    private readonly recorder: ClaimRecorder,
    private readonly cleanup: TokenCleanup,
  ) {
    this.retries = retry(
      handleWhenResult((value) => this.isRetriedInMemory(value as Try)),
      {
        // cockatiel counts the tries after the first.
        maxAttempts: config.maxTries - 1,
        backoff: new DelegateBackoff(({ result }) =>
          'value' in result ? this.pauseMs(result.value as Try) : 0,
        ),
      },
    );
  }

  /**
   * Sends one notification to all devices that have no final result yet, side by side.
   * @throws the claim store's error where the process stops before Redis could be written, or where it never can be
   */
  async sendToAll(
    { devices, userId }: Recipients,
    content: PushContent,
    context: SendContext,
  ): Promise<Sends> {
    const earlier = context.results.all;
    const open =
      earlier.length === 0
        ? devices
        : devices.filter(({ token }) => !context.results.has(tokenFingerprint(token)));
    const reports: { report: SendReport; result: ReturnType<typeof resultOf> }[] = [];
    let claimLost = false;
    const remaining = open.values();
    const worker = async (): Promise<void> => {
      for (const device of remaining) {
        if (claimLost) return;
        const identity = identityOf(device);
        const message = { token: device.token, platform: device.platform, content };
        const report = await context.telemetry.step('send', () =>
          this.send(message, identity, context),
        );
        const result = resultOf(identity, report);
        reports.push({ report, result });
        this.updateTokens(device, report, userId);
        if (!result || !isFinal(report)) continue;
        context.results.add(result);
        // With a single device the outcome of the request is recorded next, and says the same.
        if (devices.length === 1) continue;
        const { claim, telemetry } = context;
        const write = () => claim.recordDevice(result.fingerprint, result);
        // Whoever holds the claim now sends to the remaining devices.
        if (!(await this.recorder.record(write, telemetry))) claimLost = true;
      }
    };
    const workers = Array.from({ length: Math.min(open.length, MAX_PARALLEL_DEVICES) }, worker);
    // No send may still be in flight when this ends: the claim would no longer cover it.
    await Promise.allSettled(workers);
    await Promise.all(workers);
    return { reports, earlier };
  }

  /** Sends to one device. Never rejects for what FCM answers. */
  private async send(
    message: PushMessage,
    identity: DeviceIdentity,
    { earlierTries, telemetry }: SendContext,
  ): Promise<SendReport> {
    let tries = earlierTries;
    let countedTries = earlierTries;
    try {
      const last = await this.retries.execute(async (): Promise<Try> => {
        const sentAt = performance.now();
        const result = await this.fcm.send(message);
        telemetry.fcmAnswered(identity, result, performance.now() - sentAt);
        tries += 1;
        if (!result.accepted && result.failure === 'transient') countedTries += 1;
        return { result, tries, dueInMs: this.dueInMs(result, tries) };
      });
      return this.report(last, countedTries);
    } catch (error) {
      if (error instanceof DependencyDownError) {
        return { kind: 'down', cause: error.dependency, tries };
      }
      throw error;
    }
  }

  private report({ result, tries, dueInMs }: Try, countedTries: number): SendReport {
    if (result.accepted) return { kind: 'accepted', messageId: result.messageId, tries };
    const { failure, retryAfterMs = 0 } = result;
    if (failure === 'credentials') return { kind: 'down', cause: this.fcm.credentials.name, tries };
    const isQuota = failure === 'rate' || failure === 'target-rate';
    const delayMs = dueInMs ?? (isQuota ? retryAfterMs : undefined);
    if (delayMs === undefined) return { kind: 'refused', refusal: result, tries };
    return { kind: 'wait', delayMs, refusal: result, tries, countedTries };
  }

  /** A long wait belongs into the broker, whoever asks for it. */
  private isRetriedInMemory({ dueInMs }: Try): boolean {
    return dueInMs !== undefined && dueInMs <= this.config.maxWaitInMemoryMs;
  }

  /** A little jitter on top, as far as that keeps the wait worth keeping the message in memory. */
  private pauseMs({ dueInMs = 0 }: Try): number {
    return Math.min(dueInMs * (1 + Math.random() * JITTER), this.config.maxWaitInMemoryMs);
  }

  /**
   * How long after so many tries the next is due: 1 s, 2 s, 4 s ..., or what FCM asks for where that is longer.
   * @returns undefined where there is no reason for another
   */
  private dueInMs(result: SendResult, tries: number): number | undefined {
    const { maxTries, initialDelayMs, maxDelayMs } = this.config;
    if (result.accepted || !isTransient(result.failure) || tries >= maxTries) return undefined;
    const exponential = Math.min(initialDelayMs * 2 ** (tries - 1), maxDelayMs);
    return Math.max(exponential, result.retryAfterMs ?? 0);
  }

  /** A token that the message named need not be the user service's: then nothing is reported about it. */
  private updateTokens({ token }: Device, report: SendReport, userId: string | undefined): void {
    if (userId === undefined) return;
    if (report.kind === 'accepted') this.cleanup.accepted();
    if (report.kind === 'refused') this.cleanup.refused(userId, token, report.refusal.failure);
  }
}
