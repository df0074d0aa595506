import { Injectable } from '@nestjs/common';
import { ApiKeyGuard } from '@push/http';
import { GatewayConfig } from '../gateway.config';

/** Lets clients in that have one of the keys, and everybody while there is none. */
@Injectable()
export class ClientGuard extends ApiKeyGuard {
  constructor({ apiKeys }: GatewayConfig) {
    super({ keys: apiKeys, whileNoKeyIsSet: 'open', variable: 'GATEWAY_API_KEYS' });
  }
}
