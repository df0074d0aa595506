import type { Span } from '@opentelemetry/api';
import { describeRequest, failSpan, inDescribedSpan } from '@push/observability';
import type { SendResult } from './fcm-transport';

const ROUTE = '/v1/projects/{project}/messages:send';

/** Makes one request to FCM a span of the caller's trace. What FCM refuses is told by its code. */
export function inFcmSpan(origin: string, send: () => Promise<SendResult>): Promise<SendResult> {
  return inDescribedSpan(
    () => describeRequest({ method: 'POST', origin, route: ROUTE }),
    (span) => (span === undefined ? send() : describeResult(span, send())),
  );
}

async function describeResult(span: Span, sending: Promise<SendResult>): Promise<SendResult> {
  const result = await sending;
  const status = result.accepted ? 200 : result.httpStatus;
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  if (!result.accepted) failSpan(span, result.code);
  return result;
}
