import { z } from 'zod';

/** An empty variable counts as not set. */
const blankIsUnset = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;

const toNumber = (value: unknown): unknown => {
  const present = blankIsUnset(value);
  return typeof present === 'string' ? Number(present) : present;
};

/** A whole number within bounds. */
export function integer(fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
  const upper = max === Number.MAX_SAFE_INTEGER ? 'or more' : `to ${max}`;
  const error = `should be a whole number, ${min} ${upper} (default ${fallback})`;
  return z.preprocess(
    toNumber,
    z.number({ error }).int({ error }).min(min, { error }).max(max, { error }).default(fallback),
  );
}

/** A TCP port; 0 lets the operating system choose one. */
export const port = (fallback: number) => integer(fallback, { min: 0, max: 65_535 });

/** A boolean: true/false, 1/0, yes/no, on/off. */
export function flag(fallback: boolean) {
  return z.preprocess(
    blankIsUnset,
    z.stringbool({ error: `should be true or false (default ${fallback})` }).default(fallback),
  );
}

/** A boolean that may be left out. @param fallback in words, for the message */
export function optionalFlag(fallback: string) {
  return z.preprocess(
    blankIsUnset,
    z.stringbool({ error: `should be true or false (default ${fallback})` }).optional(),
  );
}

/** Free text, trimmed. */
export const text = (fallback: string) =>
  z.preprocess(blankIsUnset, z.string().trim().default(fallback));

/** Free text that may be left out. */
export const optionalText = () => z.preprocess(blankIsUnset, z.string().trim().optional());

/** One of the named values. */
export function oneOf<const V extends readonly [string, ...string[]]>(
  values: V,
  fallback: V[number],
) {
  const error = `should be one of ${values.join(', ')} (default ${fallback})`;
  return z.preprocess(blankIsUnset, z.enum(values, { error }).default(fallback as never));
}

/** Comma-separated values; none when unset. */
export const list = () =>
  z.preprocess(
    blankIsUnset,
    z
      .string()
      .default('')
      .transform((value) =>
        value
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean),
      ),
  );

function isUrl(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol);
}

/** One absolute URL of one of the given protocols (`http:` with the colon). */
export function url(fallback: string, protocols: readonly string[] = ['http:', 'https:']) {
  const error = `should be a URL such as ${fallback}`;
  return z.preprocess(
    blankIsUnset,
    z
      .string()
      .trim()
      .default(fallback)
      .refine((value) => isUrl(value, protocols), { error }),
  );
}

/** Like {@link url}, but set to nothing it means "none"; unset it is the fallback. */
export function urlOrNone(fallback: string, protocols: readonly string[] = ['http:', 'https:']) {
  const error = `should be a URL such as ${fallback}, or empty for none`;
  return z
    .string()
    .trim()
    .default(fallback)
    .refine((value) => value === '' || isUrl(value, protocols), { error })
    .transform((value) => (value === '' ? undefined : value));
}

/** A path below some URL; set to nothing it means "none", unset it is the fallback. */
export function pathOrNone(fallback: string) {
  const error = `should be a path such as ${fallback}, or empty for none`;
  return z
    .string()
    .trim()
    .default(fallback)
    .refine((value) => value === '' || value.startsWith('/'), { error })
    .transform((value) => (value === '' ? undefined : value));
}

/** A comma-separated list of URLs: the nodes of one cluster. Never empty. */
export function urls(fallback: string, protocols: readonly string[]) {
  const error = `should be a URL such as ${fallback}, or a comma-separated list of them`;
  return z.preprocess(
    blankIsUnset,
    z
      .string()
      .default(fallback)
      .transform((value) => value.split(',').map((item) => item.trim()))
      .refine((items) => items.every((item) => isUrl(item, protocols)), { error }),
  );
}

/** Prefix for the names of queues, exchanges or keys; empty for none. */
export const namespace = () =>
  z.preprocess(
    blankIsUnset,
    z
      .string()
      .trim()
      .regex(/^[\w.:-]{0,64}$/, {
        error: 'should be at most 64 letters, digits, dots, colons, hyphens or underscores',
      })
      .default(''),
  );
