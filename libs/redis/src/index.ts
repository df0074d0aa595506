export { RedisConnection, type RedisClient } from './redis-connection';
export { RedisConnectionModule } from './redis-connection.module';
export { RedisUnavailableError } from './redis.errors';
