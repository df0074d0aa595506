import { Module } from '@nestjs/common';
import { RedisConnectionModule } from '@push/redis';
import { ClaimStore } from './claim-store';
import { RedisClaimStore } from './redis-claim-store';

/** Provides {@link ClaimStore}, kept in Redis. Needs IdempotencyConfig, and what RedisConnectionModule needs. */
@Module({
  imports: [RedisConnectionModule],
  providers: [{ provide: ClaimStore, useClass: RedisClaimStore }],
  exports: [ClaimStore],
})
export class IdempotencyModule {}
