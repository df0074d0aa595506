import { Injectable } from '@nestjs/common';
import type { Device, Notification } from '@push/contracts';
import { inSpan } from '@push/observability';
import { DependencyDownError } from '@push/resilience';
import { RecipientDirectory, UserServiceError } from '@push/user-client';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import { lookedUp, lookUpFailed } from '../timeline/happened';
import { note } from '../timeline/journey';
import { Deferral } from './deferral';
import {
  rejected,
  type Deferred,
  type Exhausted,
  type Interrupted,
  type Progress,
  type Rejected,
  type Skipped,
} from './outcome';

/** The devices a notification goes to. */
export interface Found {
  kind: 'found';
  devices: readonly Device[];
  /** Whose devices these are at the user service; absent where the message itself named them. */
  owner?: string;
}

/** Finds out where a notification is to go. */
@Injectable()
export class Recipients {
  constructor(
    private readonly directory: RecipientDirectory,
    private readonly deferral: Deferral,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /** The devices, or the outcome where there is nowhere to send to (yet). Tokens in the message need no look-up. */
  async find(
    { tokens, userId = '', correlationId }: Notification,
    progress: Progress,
  ): Promise<Found | Skipped | Rejected | Interrupted | Deferred | Exhausted> {
    if (tokens.length > 0) {
      note({ event: 'looked_up', from: 'message', devices: tokens.length, ms: 0 });
      return { kind: 'found', devices: tokens.map((token) => ({ token })) };
    }
    const askedAt = performance.now();
    try {
      const recipient = await inSpan('look_up', () => this.directory.lookup(userId, correlationId));
      note(lookedUp(recipient, performance.now() - askedAt));
      if (!recipient) {
        return rejected('user_not_found', 'The user service knows no user with this user_id');
      }
      if (!recipient.wantsPush) return { kind: 'skipped', reason: 'opted_out' };
      if (recipient.devices.length > 0) {
        return { kind: 'found', devices: recipient.devices, owner: userId };
      }
      return rejected('no_device', 'The user has no device registered for push notifications');
    } catch (error) {
      note(lookUpFailed(error, performance.now() - askedAt));
      if (error instanceof DependencyDownError) {
        return { kind: 'interrupted', cause: error.dependency };
      }
      if (!(error instanceof UserServiceError)) throw error;
      // The user service answers, and will not answer otherwise: waiting is of no use.
      if (!error.retryable) return rejected('user_lookup_refused', error.message);
      const delayMs = this.deferral.delayMs(progress.waits);
      return this.deferral.defer(progress, 'user_service_failing', delayMs, () => ({
        ...rejected(
          'user_service_failing',
          `${error.message}, however often it was asked; replay it later`,
        ),
        kind: 'exhausted' as const,
      }));
    } finally {
      this.metrics.stage('look_up', (performance.now() - askedAt) / 1000);
    }
  }
}
