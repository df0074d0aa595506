import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EnvironmentSource } from '@push/config';
import { createHttpApp, serveApiDocs, traceRequests } from '@push/http';
import { AppModule } from './app.module';
import { GatewayConfig } from './gateway.config';

/** A report lists each device of a notification, which may be hundreds. */
const STATUS_BODY_LIMIT_BYTES = 262_144;

/**
 * Starts the gateway; it listens when this resolves. A broker or a Redis that is not there yet is waited for in the
 * background; until then requests are answered with 503.
 * @param source the variables; the process's own when left out
 * @throws {ConfigError} when any variable is wrong
 */
export async function startGateway(source?: EnvironmentSource): Promise<NestFastifyApplication> {
  const app = await createHttpApp(AppModule.register(source), {
    routeBodyLimitBytes: { '/api/v1/push/status': STATUS_BODY_LIMIT_BYTES },
  });
  const logger = new Logger('api-gateway');
  try {
    traceRequests(app);
    const { port, host, apiKeys, statusSecret } = app.get(GatewayConfig);
    if (apiKeys.length === 0) {
      logger.warn(
        'GATEWAY_API_KEYS is not set: whoever reaches this gateway may send notifications',
      );
    }
    if (statusSecret === undefined) {
      logger.warn(
        'STATUS_CALLBACK_SECRET is not set: whoever reaches this gateway may report a status',
      );
    }
    serveApiDocs(app, {
      title: 'API gateway',
      description: 'Accepts push notifications and tells what became of them.',
      keyHeaders: ['x-api-key', 'x-status-secret'],
    });
    await app.listen(port, host);
    logger.log({ url: await app.getUrl() }, 'api-gateway is ready');
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}
