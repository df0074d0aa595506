import { Module } from '@nestjs/common';
import { HealthModule as Indicators } from '@push/health';
import { DatabaseHealthIndicator } from './database.health';
import { HealthController } from './health.controller';

/** Health of the service and its database. */
@Module({
  imports: [Indicators.forRoot({ indicators: [DatabaseHealthIndicator] })],
  controllers: [HealthController],
})
export class HealthModule {}
