export { RedisConnection, type RedisClient } from './redis-connection';
export { RedisConnectionModule } from './redis-connection.module';
export { RedisCommandError, RedisError, RedisUnavailableError } from './redis.errors';
