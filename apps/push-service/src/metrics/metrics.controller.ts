import { Controller, Get, Header, Headers, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Metrics } from '@push/observability';
import { acceptsPrometheusText } from './accepts-text';
import type { MetricsDocument } from './metrics.document';
import { MetricsWriter } from './metrics.writer';

/** The part of a Fastify reply that is used here. */
interface Reply {
  header(name: string, value: string): unknown;
}

/** The figures: Prometheus text for a scraper, JSON for everybody else, by the Accept header. */
@Controller('metrics')
@ApiTags('Metrics')
@ApiSecurity({})
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly writer: MetricsWriter,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'metrics', summary: 'The figures, as JSON or as Prometheus text' })
  @ApiResponse({
    status: 200,
    description: "JSON unless Accept asks for text; text/plain is in Prometheus's format",
    content: {
      'application/json': {
        schema: { type: 'object', additionalProperties: true },
        example: { service: 'push-service', notifications: { received: 1200, delivered: 1187 } },
      },
      'text/plain': {
        schema: { type: 'string' },
        example: 'push_notifications_received_total 1200',
      },
    },
  })
  @Header('vary', 'accept')
  @Header('cache-control', 'no-store')
  async read(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string | MetricsDocument> {
    if (!acceptsPrometheusText(accept)) return this.writer.write();
    const { registry } = this.metrics;
    reply.header('content-type', registry.contentType);
    return registry.metrics();
  }
}
