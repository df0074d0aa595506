import { SpanStatusCode, type Span } from '@opentelemetry/api';

/**
 * Marks a span as failed. The text of an error stays out: it may quote what came from outside, and the log has it.
 * @param error anything thrown, or a code of a small set
 */
export function failSpan(span: Span, error: unknown): void {
  span.setAttribute('error.type', typeof error === 'string' ? error : typeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
