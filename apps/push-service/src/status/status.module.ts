import { Module } from '@nestjs/common';
import { BrokerModule } from '../broker/broker.module';
import { MetricsModule } from '../metrics/metrics.module';
import { GatewayClient } from './gateway.client';
import { StatusPublisher } from './status.publisher';
import { StatusRelay } from './status.relay';

/** Tells the gateway what became of each notification. */
@Module({
  imports: [BrokerModule, MetricsModule],
  providers: [GatewayClient, StatusPublisher, StatusRelay],
  exports: [StatusPublisher],
})
export class StatusModule {}
