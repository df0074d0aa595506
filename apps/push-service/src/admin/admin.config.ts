import { environment, integer, list } from '@push/config';

/** A key of the admin API. */
export interface AdminKey {
  /** The actor in the log. */
  name: string;
  key: string;
  /** Whether it may read only. */
  readOnly: boolean;
}

const FORM = /^([\w.@-]{1,64}):([\x21-\x39\x3b-\x7e]{16,256})(:read)?$/;

const keys = () =>
  list()
    .refine((entries) => entries.every((entry) => FORM.test(entry)), {
      error:
        'should be a comma-separated list of name:key, or name:key:read for a read-only key; ' +
        'a key has 16 to 256 characters, without colon, comma and space',
    })
    .transform((entries) => entries.map(read))
    .refine((entries) => new Set(entries.map(({ name }) => name)).size === entries.length, {
      error: 'should give each key a name of its own',
    });

/** The keys and the rate limits of the admin API. */
export class AdminConfig extends environment({
  ADMIN_API_KEYS: keys(),
  ADMIN_REQUESTS_PER_MINUTE: integer(300, { min: 1 }),
  ADMIN_WRONG_KEYS_PER_MINUTE: integer(20, { min: 1 }),
}) {
  /** @default none: the admin API is closed */
  readonly keys = this.env.ADMIN_API_KEYS;
  /** Requests that one key may make to one instance. @default 300 */
  readonly requestsPerMinute = this.env.ADMIN_REQUESTS_PER_MINUTE;
  /** Wrong keys from one address after which all its requests are refused. @default 20 */
  readonly wrongKeysPerMinute = this.env.ADMIN_WRONG_KEYS_PER_MINUTE;
}

function read(entry: string): AdminKey {
  const [, name = '', key = '', suffix] = FORM.exec(entry) ?? [];
  return { name, key, readOnly: suffix !== undefined };
}
