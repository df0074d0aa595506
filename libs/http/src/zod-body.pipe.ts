import { BadRequestException } from '@nestjs/common';
import { createZodValidationPipe } from 'nestjs-zod';
import { z } from 'zod';

const MAX_PROBLEMS = 10;

/** Validates every handler parameter whose type was made with nestjs-zod's `createZodDto`; answers 400 with a sentence per problem. */
export const ZodBodyPipe = createZodValidationPipe({
  createValidationException: (error) =>
    new BadRequestException({ error: 'validation_failed', message: problemsOf(error) }),
});

/** One sentence per problem, each once, the first ten of them. */
export function problemsOf(error: unknown): string[] {
  if (!(error instanceof z.core.$ZodError)) return ['The request is not valid'];
  const problems = [...new Set(error.issues.map(describe))];
  const rest = problems.length - MAX_PROBLEMS;
  return rest > 0 ? [...problems.slice(0, MAX_PROBLEMS), `and ${rest} more problems`] : problems;
}

/** Says where, unless the message does so itself. */
function describe({ path, message }: z.core.$ZodIssue): string {
  const field = path.map(String).join('.');
  return field === '' || message.startsWith(field) ? message : `${field}: ${message}`;
}
