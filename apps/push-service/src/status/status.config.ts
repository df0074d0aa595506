import { environment, integer, optionalText, urlOrNone } from '@push/config';

/** Where the outcome of each notification is reported. */
export class StatusConfig extends environment({
  STATUS_CALLBACK_URL: urlOrNone('http://127.0.0.1:8000/api/v1/push/status/'),
  STATUS_CALLBACK_SECRET: optionalText(),
  STATUS_CALLBACK_TIMEOUT_MS: integer(5000, { min: 50 }),
}) {
  /** The gateway's status route; undefined when status events stay on the exchange. */
  readonly callbackUrl = this.env.STATUS_CALLBACK_URL;
  /** Sent as `x-status-secret`. */
  readonly secret = this.env.STATUS_CALLBACK_SECRET;
  /** Deadline of one report. @default 5000 */
  readonly timeoutMs = this.env.STATUS_CALLBACK_TIMEOUT_MS;
}
