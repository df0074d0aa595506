export { Logger } from 'nestjs-pino';
export {
  CORRELATION_HEADER,
  isCorrelationId,
  newCorrelationId,
} from './correlation/correlation-id';
export { CorrelationId, correlationIdOf } from './correlation/correlation-id.decorator';
export { LoggingModule } from './logging/logging.module';
export { quietStart } from './logging/quiet-start';
export { Metrics } from './metrics/metrics';
export { MetricsModule } from './metrics/metrics.module';
