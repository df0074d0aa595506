import { applyDecorators } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { ApiRefusals } from '@push/http';

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
