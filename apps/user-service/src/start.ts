import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EnvironmentSource } from '@push/config';
import { createHttpApp, serveApiDocs } from '@push/http';
import { AppModule } from './app.module';
import { ServerConfig } from './user-service.config';

/**
 * Starts the user service; it answers when this resolves.
 * @param source the variables; the process's own when left out
 * @throws {ConfigError} when any variable is wrong, or the database file cannot be used
 */
export async function startUserService(
  source?: EnvironmentSource,
): Promise<NestFastifyApplication> {
  const app = await createHttpApp(AppModule.register(source));
  const logger = new Logger('user-service');
  try {
    const { port, host, apiKeys } = app.get(ServerConfig);
    if (apiKeys.length === 0) {
      logger.warn('USER_SERVICE_API_KEYS is not set: whoever reaches this service may use it');
    }
    serveApiDocs(app, {
      title: 'User service',
      description: 'Users, the devices their pushes go to, and what they want to be sent.',
      keyHeaders: ['x-api-key'],
    });
    await app.listen(port, host);
    logger.log({ url: await app.getUrl() }, 'user-service is ready');
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}
