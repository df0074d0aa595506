import { randomBytes } from 'node:crypto';

/** A random secret, with characters that URLs, JSON and base64 each encode differently. */
export function makeSecret(purpose: string): string {
  return `${purpose}"/+\\%${randomBytes(12).toString('hex')}%\\+/"${purpose}`;
}

/** The ways a secret may be written, by name. */
export function formsOf(secret: string): [string, string][] {
  const [core = secret] = /[\da-f]{24}/.exec(secret) ?? [];
  return [
    ['plain', secret],
    ['in part', core],
    ['percent-encoded', encodeURIComponent(secret)],
    ['JSON-escaped', JSON.stringify(secret).slice(1, -1)],
    ['JSON-escaped twice', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ...[0, 1, 2].flatMap((offset): [string, string][] => {
      const text = base64At(core, offset);
      const forUrls = text.replaceAll('+', '-').replaceAll('/', '_');
      return [
        ['base64', text],
        ['base64url', forUrls],
      ];
    }),
  ];
}

/** Base64 of a text inside a longer one, where it begins `offset` bytes after a group of three. */
function base64At(text: string, offset: number): string {
  const encoded = Buffer.from('\0'.repeat(offset) + text).toString('base64');
  const whole = Math.floor(((offset + text.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), whole);
}

/** A text that others may read, with a name for the report. */
export type Output = readonly [name: string, text: string];

/** Every secret found in an output, with some text before it to find the place. */
export function leaksIn(outputs: readonly Output[], secrets: Record<string, string>): string[] {
  const sought = Object.entries(secrets).map(([name, secret]) => ({
    name,
    forms: formsOf(secret),
  }));
  return outputs.flatMap(([where, text]) =>
    sought.flatMap(({ name, forms }) => {
      const found = forms.find(([, form]) => text.includes(form));
      if (found === undefined) return [];
      const at = text.indexOf(found[1]);
      return [`${name} (${found[0]}) in ${where}: ${text.slice(Math.max(0, at - 300), at + 60)}`];
    }),
  );
}
