import { NestFactory } from '@nestjs/core';
import { Logger, quietStart } from '@push/observability';
import { runApp } from '@push/runtime';

void runApp('fcm-emulator', async () => {
  // Imported here, so that a wrong variable is a start that fails, and is explained as one.
  const { AppModule } = await import('./app.module.js');
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest means an interface
  const app = await NestFactory.createApplicationContext(AppModule, {
    abortOnError: false,
    bufferLogs: true,
  });
  app.useLogger(quietStart(app.get(Logger)));
  return app;
});
