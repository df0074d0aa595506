import { failSpan, Scope } from '@push/observability';
import type { Outcome } from '../delivery/outcome';

/** Outcomes in which a message has failed, for good or for now. */
const FAILED: ReadonlySet<Outcome['kind']> = new Set(['rejected', 'exhausted', 'interrupted']);

/** Tells the span of a message how it ended, where there is one. */
export function describeEnd({ kind }: Outcome, reason: string, requestId?: string): void {
  const span = Scope.active?.span;
  if (span === undefined) return;
  span.setAttributes({ 'push.request_id': requestId, 'push.outcome': kind, 'push.reason': reason });
  if (FAILED.has(kind)) failSpan(span, reason);
}
