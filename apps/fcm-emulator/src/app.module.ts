import { Module } from '@nestjs/common';
import { ConfigModule, LogConfig } from '@push/config';
import { LoggingModule } from '@push/observability';
import { EmulatorLifecycle, EmulatorServer } from './emulator-server';
import { EmulatorConfig } from './emulator.config';
import { SendLog } from './send/send.handler';

@Module({
  imports: [
    ConfigModule.forRoot([EmulatorConfig, LogConfig]),
    LoggingModule.forRoot('fcm-emulator'),
  ],
  providers: [
    {
      provide: EmulatorServer,
      inject: [EmulatorConfig, SendLog],
      useFactory: ({ port, host, maxMessages, maxDevices }: EmulatorConfig, log: SendLog) =>
        new EmulatorServer({
          port,
          host,
          maxMessages,
          maxDevices,
          onAccepted: (push) => log.accepted(push),
        }),
    },
    SendLog,
    EmulatorLifecycle,
  ],
})
export class AppModule {}
