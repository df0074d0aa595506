import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { BrokerModule } from '../broker/broker.module';
import { MetricsModule } from '../metrics/metrics.module';
import { TimelineModule } from '../timeline/timeline.module';
import { GatewayClient } from './gateway.client';
import { StatusMetrics } from './status.metrics';
import { StatusRecord } from './status.record';
import { StatusPublisher } from './status.publisher';
import { StatusRelay } from './status.relay';

/** Tells the gateway what became of each notification. */
@Module({
  imports: [BrokerModule, MetricsModule, RegistryModule, TimelineModule],
  providers: [GatewayClient, StatusMetrics, StatusRecord, StatusPublisher, StatusRelay],
  exports: [StatusPublisher],
})
export class StatusModule {}
