import { z } from 'zod';

/** Text of 1 to `max` characters. */
export function text(name: string, max: number, { trim = false } = {}) {
  const string = z.string({ error: `${name} should be text` });
  return (trim ? string.trim() : string)
    .min(1, { error: `${name} should not be empty` })
    .max(max, { error: `${name} should be at most ${max} characters` });
}

/** Text on one line. */
export function lineOfText(name: string, max: number, options?: { trim?: boolean }) {
  return text(name, max, options).regex(/^[^\p{Cc}]*$/u, {
    error: `${name} should have no control characters`,
  });
}

export function flag(name: string) {
  return z.boolean({ error: `${name} should be true or false` });
}

/** A whole number of 1 or more. */
export function wholeNumber(name: string, max?: number) {
  const error =
    max === undefined
      ? `${name} should be a whole number of 1 or more`
      : `${name} should be a whole number from 1 to ${max}`;
  const number = z.number({ error }).int({ error }).min(1, { error });
  return max === undefined ? number : number.max(max, { error });
}
