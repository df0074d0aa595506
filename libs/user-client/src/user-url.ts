import { toUSVString } from 'node:util';

/** Values for the placeholders of a path, by name. */
export type PathValues = Readonly<Record<string, string>>;

/** A path below the base URL; undefined where a value that it needs is one that no path can hold. */
export type PathOf = (values: PathValues) => string | undefined;

/**
 * Splits where the user service is into what a connection needs and what a request needs.
 * @param template a path with placeholders, such as `/api/v1/users/{user_id}`
 */
export function userServiceAddress(url: string, template: string, healthPath: string) {
  const { origin, pathname } = new URL(url);
  const base = pathname.replace(/\/+$/, '');
  return { origin, pathOf: pathBelow(base, template), healthPath: base + healthPath };
}

function pathBelow(base: string, template: string): PathOf {
  // Texts and, between them, names.
  const [start = '', ...rest] = template.split(/\{(\w+)\}/);
  return (values) => {
    let path = base + start;
    for (let at = 0; at < rest.length; at += 2) {
      const name = rest[at] ?? '';
      const step = stepOf(name, values);
      if (step === undefined) return undefined;
      path += step + (rest[at + 1] ?? '');
    }
    return path;
  };
}

function stepOf(name: string, values: PathValues): string | undefined {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  return value === undefined ? `{${name}}` : encodeStep(value);
}

/** What is the same when encoded, such as the usual ids. */
const PLAIN = /^[\w-]+$/;

/**
 * Encoding is not enough: proxies decode `%2F` before they resolve `..`, and nothing encodes a dot. So a value that
 * would step elsewhere once decoded fits into no path. A half of a surrogate pair cannot be encoded at all.
 */
function encodeStep(value: string): string | undefined {
  if (PLAIN.test(value)) return value;
  const steps = value.split(/[/\\]/);
  if (steps.some((step) => step === '' || step === '.' || step === '..')) return undefined;
  return toUSVString(value) === value ? encodeURIComponent(value) : undefined;
}
