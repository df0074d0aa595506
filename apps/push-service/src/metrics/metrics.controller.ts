import { Controller, Get, Header, Headers, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Metrics } from '@push/observability';
import { MetricsDocumentBuilder, type MetricsDocument } from './metrics.document';

/** The media types that a Prometheus scraper asks for. */
const TEXT_TYPES = new Set(['text/plain', 'application/openmetrics-text']);
const JSON_TYPE = 'application/json';

/** The part of a Fastify reply that is used here. */
interface Reply {
  header(name: string, value: string): unknown;
}

/** The metrics: Prometheus text for a scraper, JSON for everybody else, by the Accept header. */
@Controller('metrics')
@ApiTags('Metrics')
@ApiSecurity({})
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    private readonly documents: MetricsDocumentBuilder,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'metrics', summary: 'The metrics, as JSON or as Prometheus text' })
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
    if (!acceptsPrometheusText(accept)) return this.documents.build();
    const { registry } = this.metrics;
    reply.header('content-type', registry.contentType);
    return registry.metrics();
  }
}

/**
 * Whether the Accept header is a scraper's: it names one of Prometheus's types, and JSON with a lower quality if at all.
 * A bare wildcard (curl), a browser, or no header at all gets JSON.
 */
export function acceptsPrometheusText(accept: string | undefined): boolean {
  let text = 0;
  let json = 0;
  for (const range of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const quality = qualityOf(parameters);
    if (TEXT_TYPES.has(type)) text = Math.max(text, quality);
    if (type === JSON_TYPE) json = Math.max(json, quality);
  }
  return text > json;
}

function qualityOf(parameters: readonly string[]): number {
  const parameter = parameters.find((candidate) => candidate.startsWith('q='));
  const quality = parameter === undefined ? 1 : Number(parameter.slice(2));
  return Number.isFinite(quality) ? quality : 0;
}
