import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { BrokerModule } from '../broker/broker.module';
import { MetricsModule } from '../metrics/metrics.module';
import { GatewayClient } from './gateway.client';
import { StatusMetrics } from './status.metrics';
import { StatusPublisher } from './status.publisher';
import { StatusRelay } from './status.relay';

/** Tells the gateway what became of each notification. */
@Module({
  imports: [BrokerModule, MetricsModule, RegistryModule],
  providers: [GatewayClient, StatusMetrics, StatusPublisher, StatusRelay],
  exports: [StatusPublisher],
})
export class StatusModule {}
