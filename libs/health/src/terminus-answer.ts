import {
  applyDecorators,
  Catch,
  ServiceUnavailableException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/** The part of a Fastify reply that an answer needs. */
interface Reply {
  status(code: number): Reply;
  send(body: unknown): Reply;
}

/**
 * Lets Terminus's own body through when a check fails: `{ status, info, error, details }`, without the envelope. Probes and
 * dashboards know this shape. For the health controller: `@UseFilters(TerminusBodyFilter)`.
 */
@Catch(ServiceUnavailableException)
export class TerminusBodyFilter implements ExceptionFilter<ServiceUnavailableException> {
  catch(exception: ServiceUnavailableException, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<Reply>();
    reply.status(exception.getStatus()).send(exception.getResponse());
  }
}

/** One entry of a health answer: what was checked, and what was found. */
export interface HealthExample {
  status: 'up' | 'down';
  [finding: string]: unknown;
}

const entries = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    required: ['status'],
    properties: {
      status: { type: 'string', enum: ['up', 'down'] },
      checked: { type: 'string', description: 'What was checked' },
      message: { type: 'string', description: 'Why it is down' },
    },
    additionalProperties: true,
  },
};
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

/** Describes an operation that answers in Terminus's shape: 200, or 503 where something that it checks is down. */
export function ApiHealth(
  up: Readonly<Record<string, HealthExample>>,
  down?: Readonly<Record<string, HealthExample>>,
): MethodDecorator {
  const response = (status: number, description: string, example: object) =>
    ApiResponse({ status, description, content: { 'application/json': { schema, example } } });
  const healthy = { status: 'ok', info: up, error: {}, details: up };
  const ok = response(200, 'All that was checked is up', healthy);
  if (down === undefined) return ok;
  const info = Object.fromEntries(Object.entries(up).filter(([name]) => !(name in down)));
  const unhealthy = { status: 'error', info, error: down, details: { ...up, ...down } };
  return applyDecorators(
    ok,
    response(503, 'Something is down; `error` says what, and why', unhealthy),
  );
}
