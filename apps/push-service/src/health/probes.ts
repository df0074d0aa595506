import { Injectable } from '@nestjs/common';
import { FcmTransport, probeFcm } from '@push/fcm';
import { FirebaseProbe, UserServiceProbe } from '@push/health';
import { RecipientDirectory } from '@push/user-client';
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

  get lastSuccessAt(): number | undefined {
    return this.metrics.lastAcceptedAt;
  }

  probe(): Promise<void> {
    return probeFcm(this.transport);
  }
}

/** The user service: what closes its breaker, over the connections that look-ups use. */
@Injectable()
export class UserServiceHealthProbe extends UserServiceProbe {
  readonly lastSuccessAt = undefined;

  constructor(private readonly directory: RecipientDirectory) {
    super();
  }

  probe(): Promise<void> {
    return this.directory.check();
  }
}
