import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { EnvironmentSource } from '@push/config';
import { createHttpApp, serveApiDocs, traceRequests, type MakeApp } from '@push/http';
import { PushQueueServer } from '@push/queue';
import { HttpConfig } from './app.config';
import { AppModule } from './app.module';

/** What an operator looks at first stands first. */
const API_GROUPS = {
  Health: 'Whether it works; without a key',
  Metrics: 'What it has done; without a key',
  Access: 'Whose key this is',
  Intake: 'Whether messages are taken from the queue, and how many at a time',
  Breakers: 'Which dependencies are up, and how to hold one open',
  Notifications: 'What became of one notification, and how to have it sent again',
  'Dead letters': 'What could not be delivered: look, replay, discard',
  'Test push': 'One push past the queue',
  'Log level': 'How much is logged',
};

/**
 * Starts push-service: HTTP and Nest's RabbitMQ microservice in one hybrid app. Resolves once HTTP listens; RabbitMQ and
 * Redis are waited for in the background, and `health/ready` tells when they are there.
 *
 * @param source the environment; the process's own when left out
 * @param make how Nest makes the application; a test puts other parts in here
 */
export async function startPushService(
  source?: EnvironmentSource,
  make?: MakeApp,
): Promise<NestFastifyApplication> {
  const app = await createHttpApp(AppModule.register(source), { make });
  try {
    traceRequests(app);
    app.connectMicroservice({ strategy: app.get(PushQueueServer) });
    const { port, host } = app.get(HttpConfig);
    serveApiDocs(app, {
      title: 'Push service',
      description: 'Delivers push notifications from RabbitMQ through Firebase Cloud Messaging.',
      groups: API_GROUPS,
      keyHeaders: ['x-api-key'],
      keysFor: 'marked',
    });
    await app.listen(port, host);
    await app.startAllMicroservices();
    new Logger('push-service').log({ url: await app.getUrl() }, 'push-service is ready');
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}
