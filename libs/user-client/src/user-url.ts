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
  const pathOf: PathOf = (values) => {
    const path = fill(template, values);
    return path && base + path;
  };
  return { origin, pathOf, healthPath: base + healthPath };
}

function fill(template: string, values: PathValues): string | undefined {
  let path = template;
  for (const [name, value] of Object.entries(values)) {
    if (!template.includes(`{${name}}`)) continue;
    const encoded = encodeStep(value);
    if (encoded === undefined) return undefined;
    path = path.replaceAll(`{${name}}`, () => encoded);
  }
  return path;
}

/**
 * Encoding is not enough: proxies decode `%2F` before they resolve `..`, and nothing encodes a dot. So a value that
 * would step elsewhere once decoded fits into no path. A half of a surrogate pair cannot be encoded at all.
 */
function encodeStep(value: string): string | undefined {
  const steps = value.split(/[/\\]/);
  if (steps.some((step) => step === '' || step === '.' || step === '..')) return undefined;
  return toUSVString(value) === value ? encodeURIComponent(value) : undefined;
}
