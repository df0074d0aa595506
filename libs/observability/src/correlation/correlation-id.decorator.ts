import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { isCorrelationId, newCorrelationId } from './correlation-id';

/** A Fastify request as far as this library looks into it. */
interface IdentifiedRequest {
  raw?: { id?: unknown };
}

/** The correlation id of an HTTP request: the caller's own, or the one given to it on arrival. */
export function correlationIdOf(request: IdentifiedRequest): string {
  const id = request.raw?.id;
  return isCorrelationId(id) ? id : newCorrelationId();
}

/** Handler parameter: the correlation id of the HTTP request. */
export const CorrelationId = createParamDecorator((_: undefined, context: ExecutionContext) =>
  correlationIdOf(context.switchToHttp().getRequest<IdentifiedRequest>()),
);
