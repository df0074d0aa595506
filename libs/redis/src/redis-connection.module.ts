import { Module } from '@nestjs/common';
import { RedisModule } from '@nestjs-modules/ioredis';
import { RedisConfig } from '@push/config';
import { FailoverWatch } from './failover-watch';
import { redisOptions } from './redis-options';
import { RedisConnection } from './redis-connection';

/** Provides {@link RedisConnection}. Needs RedisConfig and BreakerConfig, and ResilienceModule, in the app. */
@Module({
  imports: [RedisModule.forRootAsync({ inject: [RedisConfig], useFactory: redisOptions })],
  providers: [RedisConnection, FailoverWatch],
  exports: [RedisConnection],
})
export class RedisConnectionModule {}
