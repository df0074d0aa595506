export { ApiHealth, type HealthExample } from './api-health';
export { HealthModule, type HealthModuleOptions } from './health.module';
export { BrokerState } from './indicators/broker-state';
export { BrokerHealthIndicator } from './indicators/broker.health';
export {
  breakerReports,
  CircuitBreakersHealthIndicator,
  type BreakerReport,
} from './indicators/circuit-breakers.health';
export { FirebaseHealthIndicator, UserServiceHealthIndicator } from './indicators/probed.health';
export { RedisHealthIndicator } from './indicators/redis.health';
export { FirebaseProbe, UserServiceProbe, type Probe } from './probe';
export { reason } from './reason';
export { TerminusBodyFilter } from './terminus-body.filter';
export { CheckTimeoutError, within } from './within';
