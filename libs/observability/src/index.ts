export { Logger } from 'nestjs-pino';
export {
  CORRELATION_HEADER,
  isCorrelationId,
  newCorrelationId,
} from './correlation/correlation-id';
export { CorrelationId, correlationIdOf } from './correlation/correlation-id.decorator';
export { isPolled } from './logging/http-logging';
export { LogLevel } from './logging/log-level';
export { LoggingModule } from './logging/logging.module';
export { isoTime } from './logging/timestamp';
export { quietStart } from './logging/quiet-start';
export { Metrics } from './metrics/metrics';
export { MetricsModule } from './metrics/metrics.module';
export { failSpan } from './tracing/failure';
export { describeRequest, inRequestSpan, type OutgoingRequest } from './tracing/http-client-span';
export { activeTrace, inDescribedSpan, inSpan, Scope, type SpanOutline } from './tracing/scope';
export { isTraceparent, traceHeaders } from './tracing/trace-headers';
export { Tracing, type Entry } from './tracing/tracing';
export { TracingModule } from './tracing/tracing.module';
