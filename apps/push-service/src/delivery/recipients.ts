import { Injectable } from '@nestjs/common';
import type { Device, Notification } from '@push/contracts';
import { DependencyDownError } from '@push/resilience';
import { RecipientDirectory, UserServiceError } from '@push/user-client';
import { codeOf } from '../timeline/timeline.store';
import { DeliveryConfig } from './delivery.config';
import { deferOr, type Outcome, parkDelayMs, type Progress, rejected } from './outcome';
import type { MessageTelemetry } from './telemetry';

/** The devices a notification is sent to. */
export interface Recipients {
  kind: 'found';
  devices: readonly Device[];
  /** The user of the user service whose devices these are; absent where the message itself named them. */
  userId?: string;
}

/** Finds the devices of a notification. */
@Injectable()
export class RecipientFinder {
  constructor(
    private readonly directory: RecipientDirectory,
    private readonly config: DeliveryConfig,
  ) {}

  /** The devices, or the outcome where there is nothing to send to (yet). Tokens in the message need no look-up. */
  async find(
    { tokens, userId = '', correlationId }: Notification,
    progress: Progress,
    telemetry: MessageTelemetry,
  ): Promise<Recipients | Outcome> {
    if (tokens.length > 0) {
      telemetry.record({ event: 'looked_up', from: 'message', devices: tokens.length, ms: 0 });
      return { kind: 'found', devices: tokens.map((token) => ({ token })) };
    }
    const askedAt = performance.now();
    try {
      const recipient = await telemetry.step(
        'look_up',
        () => this.directory.lookup(userId, correlationId),
        (found, ms) => ({
          event: 'looked_up',
          from: 'user_service',
          devices: found?.devices.length ?? 0,
          ms,
        }),
      );
      if (!recipient) {
        return rejected('user_not_found', 'The user service knows no user with this user_id');
      }
      if (!recipient.wantsPush) return { kind: 'skipped', reason: 'opted_out' };
      if (recipient.devices.length > 0)
        return { kind: 'found', devices: recipient.devices, userId };
      return rejected('no_device', 'The user has no device registered for push notifications');
    } catch (error) {
      const ms = Math.round(performance.now() - askedAt);
      telemetry.record({ event: 'look_up_failed', code: codeOf(error), ms });
      return this.outcomeOf(error, progress);
    }
  }

  private outcomeOf(error: unknown, progress: Progress): Outcome {
    if (error instanceof DependencyDownError)
      return { kind: 'interrupted', cause: error.dependency };
    if (!(error instanceof UserServiceError)) throw error;
    // The user service answers, and will not answer otherwise: waiting does not help.
    if (!error.retryable) return rejected('user_lookup_refused', error.message);
    const delayMs = parkDelayMs(progress.waits);
    return deferOr<Outcome>(
      { reason: 'user_service_failing', delayMs, progress },
      this.config.parkMaxTimes,
      () => ({
        ...rejected('user_service_failing', `${error.message} on every try; replay it later`),
        kind: 'exhausted',
      }),
    );
  }
}
