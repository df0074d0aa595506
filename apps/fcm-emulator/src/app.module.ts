import { Module } from '@nestjs/common';
import { ConfigModule, LogConfig } from '@push/config';
import { LoggingModule } from '@push/observability';
import { EmulatorConfig } from './emulator.config';
import { EmulatorLifecycle } from './emulator.lifecycle';
import { EmulatorServer } from './emulator-server';

@Module({
  imports: [
    ConfigModule.forRoot([EmulatorConfig, LogConfig]),
    LoggingModule.forRoot('fcm-emulator'),
  ],
  providers: [
    {
      provide: EmulatorServer,
      inject: [EmulatorConfig],
      useFactory: (config: EmulatorConfig) => new EmulatorServer(config),
    },
    EmulatorLifecycle,
  ],
})
export class AppModule {}
