import { applyDecorators, Injectable } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { ApiKeyGuard, ApiRefusals, type Refusal } from '@push/http';
import { ServerConfig } from './user-service.config';

/** Lets callers in that have one of the keys, and everybody while there is none. */
@Injectable()
export class CallerGuard extends ApiKeyGuard {
  constructor({ apiKeys }: ServerConfig) {
    super({ keys: apiKeys, whileNoKeyIsSet: 'open', variable: 'USER_SERVICE_API_KEYS' });
  }
}

/** Describes what the operations of a controller have in common. */
export function UserApi(tag: string): ClassDecorator {
  return applyDecorators(
    ApiTags(tag),
    ApiSecurity('x-api-key'),
    ApiRefusals({
      400: ['validation_failed', 'user_id should not be empty'],
      401: [
        'unauthorized',
        'Send a valid key in the x-api-key header, or as Authorization: Bearer',
      ],
    }),
  );
}

/** The refusal of an operation on a user that there is not. */
export const NO_SUCH_USER: Readonly<Record<number, Refusal>> = {
  404: ['user_not_found', 'There is no such user'],
};
