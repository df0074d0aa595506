import { Module } from '@nestjs/common';
import { RedisModule } from '@nestjs-modules/ioredis';
import { RedisConfig } from '@push/config';
import { FailoverListener } from './failover-listener';
import { redisOptions } from './redis-options';
import { RedisConnection } from './redis-connection';

/** Provides {@link RedisConnection}. Needs RedisConfig and BreakerConfig, and ResilienceModule, in the app. */
@Module({
  imports: [RedisModule.forRootAsync({ inject: [RedisConfig], useFactory: redisOptions })],
  providers: [RedisConnection, FailoverListener],
  exports: [RedisConnection],
})
export class RedisConnectionModule {}
