import { ApiBody } from '@nestjs/swagger';
import type { z } from 'zod';
import { described } from './api-answer';

/**
 * Describes a handler's JSON body by the zod schema that reads it. Used in place of the DTO's own description, in which
 * Swagger takes a type with alternatives (`string | null`) for a list.
 * @param example what the description shows, and a client may send as it is
 */
export function ApiJsonBody<S extends z.ZodType>(schema: S, example?: z.input<S>): MethodDecorator {
  const body = described(schema, 'input');
  return ApiBody({ schema: example === undefined ? body : { ...body, example } });
}
