import { SpanKind } from '@opentelemetry/api';
import { failSpan } from './failure';
import { inDescribedSpan } from './scope';
import { traceHeaders } from './trace-headers';

/** A request to another service. */
export interface OutgoingRequest {
  method: string;
  /** Scheme, host and port; nothing more of it is told. */
  origin: string;
  /** Its path with placeholders, such as `/api/v1/users/{user_id}`: whoever is in a path is not told. */
  route: string;
}

/**
 * Sends a request as a span of the caller's trace; outside of any it is sent just so.
 * @param send sends it, with these headers too, and returns what it came to
 * @param statusOf the HTTP status of that
 */
export function inRequestSpan<T>(
  request: OutgoingRequest,
  send: (headers: Record<string, string> | undefined) => Promise<T>,
  statusOf: (answer: T) => number,
): Promise<T> {
  return inDescribedSpan(
    () => describeRequest(request),
    async (span) => {
      const answer = await send(traceHeaders());
      if (span === undefined) return answer;
      const status = statusOf(answer);
      span.setAttribute('http.response.status_code', status);
      if (status >= 400) failSpan(span, String(status));
      return answer;
    },
  );
}

/** The span of a request, by https://opentelemetry.io/docs/specs/semconv/http/http-spans/. */
export function describeRequest({ method, origin, route }: OutgoingRequest) {
  const { protocol, hostname, port } = new URL(origin);
  return {
    name: `${method} ${route}`,
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': method,
      'url.template': route,
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    },
  };
}
