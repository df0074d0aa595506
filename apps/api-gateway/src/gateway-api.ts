import { applyDecorators, Injectable } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard, ApiRefusals } from '@push/http';
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

/**
 * Describes what the operations of a controller have in common.
 * @param header which carries the key
 */
export function GatewayApi(tag: string, header: 'x-api-key' | 'x-status-secret'): ClassDecorator {
  return applyDecorators(
    ApiTags(tag),
    ApiSecurity(header),
    ApiRefusals({
      400: ['validation_failed', 'user_id: should not be empty'],
      401: [
        'unauthorized',
        `Send a valid key in the ${header} header, or as Authorization: Bearer`,
      ],
      503: [
        'broker_unavailable',
        'A dependency of this service does not answer right now; try again shortly',
      ],
    }),
  );
}
