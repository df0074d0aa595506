import { environment } from './environment';
import { integer, optionalText, text, url } from './variables';

/** Where users and their devices are looked up. */
export class UserServiceConfig extends environment({
  USER_SERVICE_URL: url('http://127.0.0.1:8001'),
  USER_SERVICE_USER_PATH: text('/api/v1/users/{user_id}').refine(
    (value) => value.startsWith('/') && value.includes('{user_id}'),
    { error: 'should be a path with {user_id} in it, such as /api/v1/users/{user_id}' },
  ),
  USER_SERVICE_HEALTH_PATH: text('/api/v1/health/live'),
  USER_SERVICE_TIMEOUT_MS: integer(3000, { min: 50 }),
  USER_SERVICE_API_KEY: optionalText(),
}) {
  readonly url = this.env.USER_SERVICE_URL;
  /** `{user_id}` stands for the encoded id. @default '/api/v1/users/{user_id}' */
  readonly userPath = this.env.USER_SERVICE_USER_PATH;
  /** Answers 2xx while the service is up. @default '/api/v1/health/live' */
  readonly healthPath = this.env.USER_SERVICE_HEALTH_PATH;
  /** Deadline of one request. @default 3000 */
  readonly timeoutMs = this.env.USER_SERVICE_TIMEOUT_MS;
  /** Sent as `x-api-key` when set. */
  readonly apiKey = this.env.USER_SERVICE_API_KEY;
}
