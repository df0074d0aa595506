import { z } from 'zod';

/** A whole number from the query string, 1 or more. */
function wholeNumber(name: string, fallback: number, max: number) {
  return z.coerce
    .number({ error: `${name} should be a whole number` })
    .int({ error: `${name} should be a whole number` })
    .min(1, { error: `${name} should be 1 or more` })
    .max(max, { error: `${name} should be ${max} or less` })
    .default(fallback);
}

/** Which page of a listing, as query parameters: `page` (1 up to `maxPage`) and `limit` (1 to 100, 20 unless told). */
export function pageQuery(maxPage: number) {
  return { page: wholeNumber('page', 1, maxPage), limit: wholeNumber('limit', 20, 100) };
}
