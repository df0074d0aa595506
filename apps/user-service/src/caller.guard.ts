import { Injectable } from '@nestjs/common';
import { ApiKeyGuard } from '@push/http';
import { ServerConfig } from './user-service.config';

/** Lets callers in that have one of the keys, and everybody while there is none. */
@Injectable()
export class CallerGuard extends ApiKeyGuard {
  constructor({ apiKeys }: ServerConfig) {
    super({ keys: apiKeys, whileNoKeyIsSet: 'open', variable: 'USER_SERVICE_API_KEYS' });
  }
}
