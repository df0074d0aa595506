import type { DynamicModule, NestApplicationOptions, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { CORRELATION_HEADER, Logger, quietStart, requestId } from '@push/observability';
import { EnvelopeFilter } from './envelope.filter';
import {
  readJsonBodies,
  refuseAddress,
  refuseConnectAndExpect,
  refuseConnection,
  refuseHosts,
} from './refusals';
import { ZodBodyPipe } from './validation';

/** What differs between apps. */
export interface HttpAppOptions {
  /** First part of every path. @default 'api/v1' */
  prefix?: string;
  /** Bytes; a larger body is answered with 413. @default 65536 */
  bodyLimitBytes?: number;
  /** Limits of single routes, by path: `{ '/api/v1/uploads': 1_000_000 }`. */
  routeBodyLimitBytes?: Readonly<Record<string, number>>;
  /** Most milliseconds a request may take to arrive in full. @default 15000 */
  requestTimeoutMs?: number;
  /** How Nest makes the application; tests replace providers here. @default NestFactory.create */
  make?: MakeApp;
}

/** Makes an application of a module on an adapter. */
export type MakeApp = (
  module: Type | DynamicModule,
  adapter: FastifyAdapter,
  options: NestApplicationOptions,
) => Promise<NestFastifyApplication>;

/** Longest path segment: a device token, percent-encoded. */
const MAX_PARAM_LENGTH = 12_288;

/** Milliseconds between checks for requests that take too long to arrive. Node's own 30 s would triple their time. */
const CHECK_CONNECTIONS_MS = 1000;

/** Connections of one process; more are closed at once, to leave file descriptors for the broker. */
const MAX_CONNECTIONS = 4096;

/**
 * Makes a Nest application on Fastify that answers everything in the common envelope: bounded bodies, JSON only, a path
 * with and without its last slash, no CORS, no trust in forwarding headers, a correlation id for each request. It logs
 * through the app's `LoggingModule`.
 *
 * @throws what keeps the app from being made; the process does not exit
 */
export async function createHttpApp(
  module: Type | DynamicModule,
  {
    prefix = 'api/v1',
    bodyLimitBytes = 65_536,
    routeBodyLimitBytes = {},
    requestTimeoutMs = 15_000,
    make = (...parts) => NestFactory.create<NestFastifyApplication>(...parts),
  }: HttpAppOptions = {},
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    trustProxy: false,
    genReqId: requestId,
    http: {
      headersTimeout: requestTimeoutMs,
      requestTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(CHECK_CONNECTIONS_MS, requestTimeoutMs),
      // Our hook refuses it, in the envelope.
      requireHostHeader: false,
    },
    // A kept-alive connection's last request is answered, not refused, while the app closes.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH },
    frameworkErrors: refuseAddress,
    clientErrorHandler: refuseConnection,
  });
  const fastify = adapter.getInstance();
  // Nothing here expects a text body.
  fastify.removeContentTypeParser('text/plain');
  readJsonBodies(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header(CORRELATION_HEADER, request.id);
    refuseHosts(request, reply, done);
  });
  fastify.addHook('onRoute', (route) => {
    route.bodyLimit = routeBodyLimitBytes[route.url] ?? route.bodyLimit;
  });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest means an interface
  const app = await make(module, adapter, {
    abortOnError: false,
    bodyParser: false,
    bufferLogs: true,
  });
  const server = app.getHttpServer();
  server.maxConnections = MAX_CONNECTIONS;
  refuseConnectAndExpect(server);
  app.useLogger(quietStart(app.get(Logger)));
  app.setGlobalPrefix(prefix);
  app.useGlobalFilters(new EnvelopeFilter());
  app.useGlobalPipes(new ZodBodyPipe());
  return app;
}
