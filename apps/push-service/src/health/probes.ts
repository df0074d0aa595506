import { Injectable } from '@nestjs/common';
import { UserServiceConfig } from '@push/config';
import { FcmTransport, probeFcm } from '@push/fcm';
import { FirebaseProbe, UserServiceProbe } from '@push/health';
import { DeliveryMetrics } from '../metrics/delivery.metrics';

/** Firebase: the last push it took, else a send that delivers nothing. */
@Injectable()
export class FcmHealthProbe extends FirebaseProbe {
  constructor(
    private readonly transport: FcmTransport,
    private readonly metrics: DeliveryMetrics,
  ) {
    super();
  }

  get lastSoundAt(): number | undefined {
    return this.metrics.lastAcceptedAt;
  }

  probe(): Promise<void> {
    return probeFcm(this.transport);
  }
}

/** The user service: its own health path. */
@Injectable()
export class UserServiceHealthProbe extends UserServiceProbe {
  readonly lastSoundAt = undefined;

  constructor(private readonly config: UserServiceConfig) {
    super();
  }

  async probe(): Promise<void> {
    const { url, healthPath, timeoutMs } = this.config;
    // Below the path of the base URL, where that has one.
    const answer = await fetch(url.replace(/\/+$/, '') + healthPath, {
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    });
    await answer.body?.cancel();
    if (!answer.ok) throw new Error(`${healthPath} answered ${answer.status}`);
  }
}
