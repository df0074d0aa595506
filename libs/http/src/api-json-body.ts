import { ApiBody } from '@nestjs/swagger';
import { z } from 'zod';

type BodySchema = Extract<Parameters<typeof ApiBody>[0], { schema: unknown }>['schema'];

/**
 * Describes a handler's JSON body by the zod schema that reads it. Used in place of the DTO's own description, in which
 * Swagger takes a type with alternatives (`string | null`) for a list.
 */
export function ApiJsonBody(schema: z.ZodType): MethodDecorator {
  const described = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  return ApiBody({ schema: described as BodySchema });
}
