export { Logger } from 'nestjs-pino';
export {
  CORRELATION_HEADER,
  CorrelationId,
  correlationIdOf,
  isCorrelationId,
  newCorrelationId,
  requestId,
} from './correlation';
export { LoggingModule, LogLevel, quietStart } from './logging/logging.module';
export { isPolled } from './logging/request-logging';
export { Metrics, MetricsModule } from './metrics';
export {
  activeTrace,
  describeRequest,
  failSpan,
  inDescribedSpan,
  inRequestSpan,
  inSpan,
  isTraceparent,
  Scope,
  traceHeaders,
  type OutgoingRequest,
  type SpanOutline,
} from './tracing/spans';
export { Tracing, TracingModule, type Entry } from './tracing/tracing';
