const CENSOR = '[redacted]';

/** Fields whose value is never logged. A belt only: nothing of the kind should be handed to the logger at all. */
const SECRETS: ReadonlySet<string> = new Set([
  'token',
  'push_token',
  'push_tokens',
  'device_token',
  'access_token',
  'authorization',
  'x-api-key',
  'api_key',
  'password',
  'secret',
]);

type Fields = Record<string, unknown>;

/**
 * A copy of a line's fields with secrets hidden, at the top and one object below. It also puts the logger's context
 * last, which nestjs-pino puts first: whose notification it is matters more.
 *
 * Pino's own `redact` with wildcard paths costs 8 us a line, more than all the rest together; this costs a tenth of one.
 */
export function withoutSecrets({ context, ...fields }: Fields): Fields {
  for (const key in fields) {
    const value = fields[key];
    if (SECRETS.has(key)) fields[key] = CENSOR;
    else if (isFields(value)) fields[key] = censored(value);
  }
  if (context !== undefined) fields['context'] = context;
  return fields;
}

function censored(fields: Fields): Fields {
  const secret = Object.keys(fields).filter((key) => SECRETS.has(key));
  if (secret.length === 0) return fields;
  return { ...fields, ...Object.fromEntries(secret.map((key) => [key, CENSOR])) };
}

/** Errors and lists have a form of their own. */
function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Error) &&
    !Array.isArray(value)
  );
}
