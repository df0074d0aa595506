import type { ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SpanKind, type Span } from '@opentelemetry/api';
import { failSpan, isPolled, Tracing } from '@push/observability';

/**
 * Makes each request a span, in the trace that its `traceparent` names or in a new one; requests for health and metrics are
 * not traced. Does nothing while tracing is off. Call it before the app is initialised.
 */
export function traceRequests(app: NestFastifyApplication): void {
  const tracing = app.get(Tracing);
  if (!tracing.on) return;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', ({ raw, headers, method, routeOptions: { url } }, reply, done) => {
    const scope = isPolled(raw)
      ? undefined
      : tracing.begin({
          name: url === undefined ? method : `${method} ${url}`,
          kind: SpanKind.SERVER,
          headers,
          // The route, not the path: ids in a path are not recorded.
          attributes: { 'http.request.method': method, 'http.route': url, 'url.scheme': 'http' },
        });
    if (scope === undefined) {
      done();
      return;
    }
    reply.raw.once('close', () => endSpan(scope.span, reply.raw));
    scope.run(done);
  });
}

function endSpan(span: Span, { statusCode, writableFinished }: ServerResponse): void {
  if (writableFinished) {
    span.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) failSpan(span, String(statusCode));
  } else failSpan(span, 'aborted');
  span.end();
}
