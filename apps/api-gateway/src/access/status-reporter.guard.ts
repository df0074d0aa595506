import { Injectable } from '@nestjs/common';
import { ApiKeyGuard } from '@push/http';
import { GatewayConfig } from '../gateway.config';

/** Lets in who knows the shared secret of status reports, and everybody while there is none. */
@Injectable()
export class StatusReporterGuard extends ApiKeyGuard {
  constructor({ statusSecret }: GatewayConfig) {
    super({
      header: 'x-status-secret',
      keys: statusSecret === undefined ? [] : [statusSecret],
      whileNoKeyIsSet: 'open',
      variable: 'STATUS_CALLBACK_SECRET',
    });
  }
}
