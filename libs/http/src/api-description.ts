import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiResponse } from '@nestjs/swagger';
import { failure, success, type PageMeta } from '@push/contracts';
import { z } from 'zod';

type Schema = Extract<Parameters<typeof ApiResponse>[0], { schema: unknown }>['schema'];

/** One answer of an operation in the API description. */
export interface AnswerDescription<T> {
  /** @default 200 */
  status?: number;
  /** A sentence; the envelope's own message in the example. */
  description: string;
  /** An example of `data`. */
  example: T;
  /** Position of a listing's page, as in the example's `meta`. @default none */
  meta?: PageMeta;
}

/** Describes an answer in the common envelope: the zod schema of its `data`, with an example. */
export function ApiAnswer<S extends z.ZodType>(
  schema: S,
  { status = 200, description, example, meta }: AnswerDescription<z.input<S>>,
): MethodDecorator {
  return ApiResponse({
    status,
    description,
    content: {
      'application/json': {
        schema: envelopeOf(described(schema)),
        example: success(example, description, meta ?? null),
      },
    },
  });
}

/** A refusal in the API description: the code, and the sentence that says what to do. */
export type Refusal = readonly [error: string, message: string];

/** Describes refusals in the common envelope, by HTTP status. */
export function ApiRefusals(
  refusals: Readonly<Record<number, Refusal>>,
): ClassDecorator & MethodDecorator {
  return applyDecorators(
    ...Object.entries(refusals).map(([status, [error, message]]) =>
      ApiResponse({
        status: Number(status),
        description: message,
        content: {
          'application/json': {
            schema: envelopeOf({ nullable: true, type: 'object' }),
            example: failure(error, message),
          },
        },
      }),
    ),
  );
}

/**
 * Describes a handler's JSON body by its zod schema. It replaces the description of the DTO, in which Swagger shows a type
 * with alternatives (`string | null`) as a list.
 * @param example shown in the description; clients can send it unchanged
 */
export function ApiJsonBody<S extends z.ZodType>(schema: S, example?: z.input<S>): MethodDecorator {
  const body = described(schema, 'input');
  return ApiBody({ schema: example === undefined ? body : { ...body, example } });
}

/** A zod schema as an OpenAPI 3.0 schema. */
export function described(schema: z.ZodType, io: 'input' | 'output' = 'output'): Schema {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io,
    unrepresentable: 'any',
  }) as Schema;
}

function envelopeOf(data: Schema): Schema {
  return {
    type: 'object',
    required: ['success', 'data', 'error', 'message', 'meta'],
    properties: {
      success: { type: 'boolean' },
      data,
      error: { type: 'string', nullable: true, description: 'A short code' },
      message: { type: 'string', description: 'A sentence' },
      meta: {
        type: 'object',
        nullable: true,
        required: ['total', 'limit', 'page', 'total_pages', 'has_next', 'has_previous'],
        properties: {
          total: { type: 'integer' },
          limit: { type: 'integer' },
          page: { type: 'integer' },
          total_pages: { type: 'integer' },
          has_next: { type: 'boolean' },
          has_previous: { type: 'boolean' },
        },
      },
    },
  };
}
