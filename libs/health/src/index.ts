export { reason, within } from './check';
export { BrokerHealthIndicator, RedisHealthIndicator } from './connections.health';
export {
  CircuitBreakersHealthIndicator,
  FirebaseHealthIndicator,
  UserServiceHealthIndicator,
} from './dependencies.health';
export { HealthModule, type HealthModuleOptions } from './health.module';
export { BrokerState, FirebaseProbe, UserServiceProbe, type Probe } from './health.ports';
export { ApiHealth, TerminusBodyFilter, type HealthExample } from './terminus-answer';
