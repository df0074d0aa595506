import { Module } from '@nestjs/common';
import { ConfigModule } from '@push/config';
import { EmulatorConfig } from './emulator.config';
import { EmulatorLifecycle } from './emulator.lifecycle';
import { EmulatorServer } from './emulator-server';

@Module({
  imports: [ConfigModule.forRoot([EmulatorConfig])],
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
