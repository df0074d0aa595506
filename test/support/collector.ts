import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decode, numberOf, parts, textOf, type Fields } from './protobuf';
import { waitFor } from './wait-for';

/** A span as it was exported. */
export interface SeenSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** Empty for the first of a trace. */
  parentId: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  attributes: Record<string, string | number>;
  failed: boolean;
}

/** A collector of traces: accepts OTLP over HTTP and keeps the spans. */
export interface Collector {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT takes it. */
  url: string;
  spans: SeenSpan[];
  /** The bodies as they were sent. */
  bodies: Buffer[];
  /** Waits for all of these names in one trace; returns the spans of that trace. */
  trace(id: string, ...names: string[]): Promise<SeenSpan[]>;
  close(): Promise<void>;
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const FAILED = 2;

export async function startCollector(): Promise<Collector> {
  const spans: SeenSpan[] = [];
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const known = request.method === 'POST' && request.url === '/v1/traces';
      if (known) {
        const body = Buffer.concat(chunks);
        bodies.push(body);
        spans.push(...spansOf(body));
      }
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    trace: (id, ...names) =>
      waitFor(`${names.join(', ')} in the trace ${id}`, () => {
        const found = spans.filter(({ traceId }) => traceId === id);
        const whole = names.every((name) => found.some((span) => span.name === name));
        return whole ? found : undefined;
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Field numbers: https://github.com/open-telemetry/opentelemetry-proto, trace/v1/trace.proto */
function spansOf(body: Buffer): SeenSpan[] {
  return parts(decode(body), 1).flatMap((ofResource) => {
    const resource = decode(ofResource);
    const [described] = parts(resource, 1);
    const service = String(attributesOf(decode(described ?? Buffer.of()), 1)['service.name']);
    return parts(resource, 2)
      .flatMap((ofScope) => parts(decode(ofScope), 2))
      .map((span) => spanOf(decode(span), service));
  });
}

function spanOf(span: Fields, service: string): SeenSpan {
  const hex = (field: number) => parts(span, field)[0]?.toString('hex') ?? '';
  const [status] = parts(span, 15);
  return {
    service,
    traceId: hex(1),
    spanId: hex(2),
    parentId: hex(4),
    name: textOf(span, 5),
    kind: KINDS[numberOf(span, 6)] ?? 'internal',
    attributes: attributesOf(span, 9),
    failed: status !== undefined && numberOf(decode(status), 3) === FAILED,
  };
}

function attributesOf(fields: Fields, field: number): Record<string, string | number> {
  return Object.fromEntries(
    parts(fields, field).map((bytes) => {
      const pair = decode(bytes);
      const value = decode(parts(pair, 2)[0] ?? Buffer.of());
      return [textOf(pair, 1), value.has(1) ? textOf(value, 1) : numberOf(value, 3)];
    }),
  );
}
