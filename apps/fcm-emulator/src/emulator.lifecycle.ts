import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { EmulatorServer } from './emulator-server';

/** How long sends under way may take to end when the emulator stops. */
const CLOSE_GRACE_MS = 1000;

/** Opens the emulator's port with the application and closes it with it. */
@Injectable()
export class EmulatorLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('fcm-emulator');

  constructor(private readonly server: EmulatorServer) {}

  async onApplicationBootstrap(): Promise<void> {
    const port = await this.server.listen();
    this.logger.log({ port }, 'Ready: FCM HTTP v1 over HTTP/1.1 and HTTP/2, screens on /');
  }

  async onModuleDestroy(): Promise<void> {
    await this.server.close(CLOSE_GRACE_MS);
  }
}
