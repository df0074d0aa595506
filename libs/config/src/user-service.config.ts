import { environment, type ConfigProblem } from './environment';
import { integer, oneOf, optionalText, pathOrNone, text, url } from './variables';

/** Where users and their devices are looked up, and where invalid device tokens are reported. */
export class UserServiceConfig extends environment(
  {
    USER_SERVICE_URL: url('http://127.0.0.1:8001'),
    USER_SERVICE_USER_PATH: text('/api/v1/users/{user_id}').refine(
      (value) => value.startsWith('/') && value.includes('{user_id}'),
      { error: 'should be a path with {user_id} in it, such as /api/v1/users/{user_id}' },
    ),
    USER_SERVICE_HEALTH_PATH: text('/api/v1/health/live'),
    USER_SERVICE_TIMEOUT_MS: integer(3000, { min: 50 }),
    USER_SERVICE_API_KEY: optionalText(),
    USER_SERVICE_DEAD_TOKEN_PATH: pathOrNone('/api/v1/users/{user_id}/devices/{token}'),
    USER_SERVICE_DEAD_TOKEN_METHOD: oneOf(['DELETE', 'POST'], 'DELETE'),
  },
  (env) => namesToken(env.USER_SERVICE_DEAD_TOKEN_METHOD, env.USER_SERVICE_DEAD_TOKEN_PATH),
) {
  readonly url = this.env.USER_SERVICE_URL;
  /** `{user_id}` stands for the encoded id. @default '/api/v1/users/{user_id}' */
  readonly userPath = this.env.USER_SERVICE_USER_PATH;
  /** Answers 2xx while the service is up. @default '/api/v1/health/live' */
  readonly healthPath = this.env.USER_SERVICE_HEALTH_PATH;
  /** Deadline of one request. @default 3000 */
  readonly timeoutMs = this.env.USER_SERVICE_TIMEOUT_MS;
  /** Sent as `x-api-key` when set. */
  readonly apiKey = this.env.USER_SERVICE_API_KEY;
  /** `{user_id}` and `{token}` stand for the encoded values; undefined where nothing is reported. */
  readonly deadTokenPath = this.env.USER_SERVICE_DEAD_TOKEN_PATH;
  /** POST carries both in a JSON body too. @default 'DELETE' */
  readonly deadTokenMethod = this.env.USER_SERVICE_DEAD_TOKEN_METHOD;
}

/** A DELETE without the token in its path would delete more than the token. */
function namesToken(method: string, path: string | undefined): ConfigProblem[] {
  if (method !== 'DELETE' || path === undefined || path.includes('{token}')) return [];
  return [
    {
      variable: 'USER_SERVICE_DEAD_TOKEN_PATH',
      problem: 'should have {token} in it, unless USER_SERVICE_DEAD_TOKEN_METHOD is POST',
    },
  ];
}
