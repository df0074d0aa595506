import { NestFactory } from '@nestjs/core';
import { runApp } from '@push/runtime';

void runApp('fcm-emulator', async () => {
  // Imported here, so that a wrong variable is a start that fails, and is explained as one.
  const { AppModule } = await import('./app.module.js');
  return NestFactory.createApplicationContext(AppModule, { abortOnError: false });
});
