import { Module } from '@nestjs/common';
import { MetricsModule as RegistryModule } from '@push/observability';
import { BrokerModule } from '../broker/broker.module';
import { MetricsModule } from '../metrics/metrics.module';
import { TimelineModule } from '../timeline/timeline.module';
import { GatewayClient } from './gateway.client';
import { StatusPublisher } from './status.publisher';
import { StatusRelay } from './status.relay';
import { StatusTelemetry } from './status.telemetry';

/** Reports the outcome of each notification to the gateway. */
@Module({
  imports: [BrokerModule, MetricsModule, RegistryModule, TimelineModule],
  providers: [GatewayClient, StatusTelemetry, StatusPublisher, StatusRelay],
  exports: [StatusPublisher],
})
export class StatusModule {}
