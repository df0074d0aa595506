export { ApiDocsConfig } from './api-docs.config';
export { ConfigError } from './config.errors';
export { ConfigModule } from './config.module';
export { environment } from './environment';
export type { ConfigClass, ConfigProblem, EnvironmentSource } from './environment';
export { FcmConfig } from './fcm.config';
export { IdempotencyConfig } from './idempotency.config';
export { loadConfig } from './load-config';
export { LOG_LEVELS, LogConfig, type LogLevelName } from './log.config';
export { RabbitmqConfig } from './rabbitmq.config';
export type { RedisSentinels } from './redis-sentinels';
export { RedisConfig } from './redis.config';
export { BreakerConfig, RetryConfig } from './resilience.config';
export { TracingConfig } from './tracing.config';
export { UserServiceConfig } from './user-service.config';
export {
  flag,
  integer,
  list,
  namespace,
  oneOf,
  optionalFlag,
  optionalText,
  pathOrNone,
  port,
  text,
  url,
  urlOrNone,
  urls,
} from './variables';
