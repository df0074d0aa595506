import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/** One entry of a health answer: what was checked, and what was found. */
export interface HealthExample {
  status: 'up' | 'down';
  [finding: string]: unknown;
}

const entry = {
  type: 'object',
  required: ['status'],
  properties: {
    status: { type: 'string', enum: ['up', 'down'] },
    checked: { type: 'string', description: 'What the answer rests on' },
    message: { type: 'string', description: 'Why it is down' },
  },
  additionalProperties: true,
};
const entries = { type: 'object', additionalProperties: entry };
const schema = {
  type: 'object',
  required: ['status', 'details'],
  properties: {
    status: { type: 'string', enum: ['ok', 'error', 'shutting_down'] },
    info: { ...entries, nullable: true, description: 'What is up' },
    error: { ...entries, nullable: true, description: 'What is down' },
    details: { ...entries, description: 'All that was checked' },
  },
};

/** Describes an operation that answers in Terminus's shape: 200, or 503 where something is down that it looks at. */
export function ApiHealth(
  up: Readonly<Record<string, HealthExample>>,
  down?: Readonly<Record<string, HealthExample>>,
): MethodDecorator {
  const well = { status: 'ok', info: up, error: {}, details: up };
  const sound = ApiResponse({
    status: 200,
    description: 'All that was checked is up',
    content: { 'application/json': { schema: schema, example: well } },
  });
  if (down === undefined) return sound;
  const info = Object.fromEntries(Object.entries(up).filter(([name]) => !(name in down)));
  const ill = { status: 'error', info, error: down, details: { ...up, ...down } };
  return applyDecorators(
    sound,
    ApiResponse({
      status: 503,
      description: 'Something is down; `error` says what, and why',
      content: { 'application/json': { schema: schema, example: ill } },
    }),
  );
}
