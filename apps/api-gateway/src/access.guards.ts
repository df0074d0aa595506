import { Injectable } from '@nestjs/common';
import { ApiKeyGuard } from '@push/http';
import { GatewayConfig } from './gateway.config';

/** Lets clients in that have one of the keys, and everybody while there is none. */
@Injectable()
export class ClientGuard extends ApiKeyGuard {
  constructor({ apiKeys }: GatewayConfig) {
    super({ keys: apiKeys, whileNoKeyIsSet: 'open', variable: 'GATEWAY_API_KEYS' });
  }
}

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
