export {
  ApiDocsConfig,
  LOG_LEVELS,
  LogConfig,
  TracingConfig,
  type LogLevelName,
} from './app.config';
export { ConfigError, ConfigModule, environment, loadConfig } from './environment';
export type { ConfigClass, ConfigProblem, EnvironmentSource } from './environment';
export { FcmConfig } from './fcm.config';
export { RabbitmqConfig } from './rabbitmq.config';
export { RedisConfig, type RedisSentinels } from './redis.config';
export { BreakerConfig, IdempotencyConfig, RetryConfig } from './resilience.config';
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
