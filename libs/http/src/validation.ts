import { BadRequestException } from '@nestjs/common';
import { createZodValidationPipe } from 'nestjs-zod';
import { z } from 'zod';

const MAX_PROBLEMS = 10;

/** Validates each handler parameter whose type was made with nestjs-zod's `createZodDto`; answers 400 with a sentence per problem. */
export const ZodBodyPipe = createZodValidationPipe({
  createValidationException: (error) =>
    new BadRequestException({ error: 'validation_failed', message: problemsOf(error) }),
});

/** One sentence per problem, each once, at most ten. */
export function problemsOf(error: unknown): string[] {
  if (!(error instanceof z.core.$ZodError)) return ['The request is not valid'];
  const problems = [...new Set(error.issues.map(describe))];
  const rest = problems.length - MAX_PROBLEMS;
  return rest > 0 ? [...problems.slice(0, MAX_PROBLEMS), `and ${rest} more problems`] : problems;
}

/** Names the field, unless the message does so itself. */
function describe({ path, message }: z.core.$ZodIssue): string {
  const field = path.map(String).join('.');
  return field === '' || message.startsWith(field) ? message : `${field}: ${message}`;
}

/** Query parameters of a listing: `page` (1 to `maxPage`) and `limit` (1 to 100, 20 by default). */
export function pageQuery(maxPage: number) {
  return { page: wholeNumber('page', 1, maxPage), limit: wholeNumber('limit', 20, 100) };
}

function wholeNumber(name: string, fallback: number, max: number) {
  return z.coerce
    .number({ error: `${name} should be a whole number` })
    .int({ error: `${name} should be a whole number` })
    .min(1, { error: `${name} should be 1 or more` })
    .max(max, { error: `${name} should be ${max} or less` })
    .default(fallback);
}
