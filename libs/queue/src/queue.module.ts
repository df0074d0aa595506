import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { within } from './channel';
import { amqpConnectionProvider } from './connection';
import { PublishChannel } from './publish-channel';
import { Publisher } from './publisher';
import { PushQueueServer } from './push-queue.server';
import { QueueConsumer } from './queue-consumer';
import { QueueInspector } from './queue-inspector';
import { IntakeOptions, QueueOptions } from './queue.options';
import { TopologyService } from './topology.service';
import { QueueBrowser } from './queue-browser';

const CLOSE_TIMEOUT_MS = 5000;

/** Options that depend on configuration. */
export interface QueueModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  inject?: FactoryProvider['inject'];
  useFactory: FactoryProvider<Partial<QueueOptions>>['useFactory'];
}

/** RabbitMQ: topology, the server of the push queue, the publisher, other consumers, queue browser and depths. Needs `RabbitmqConfig`. */
@Module({})
export class QueueModule implements OnApplicationShutdown {
  constructor(private readonly amqp: AmqpConnection) {}

  static forRoot(options: Partial<QueueOptions> = {}): DynamicModule {
    return QueueModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports, inject, useFactory }: QueueModuleAsyncOptions): DynamicModule {
    return {
      module: QueueModule,
      global: true,
      imports,
      providers: [
        {
          provide: QueueOptions,
          inject,
          useFactory: async (...args: unknown[]) => new QueueOptions(await useFactory(...args)),
        },
        {
          provide: IntakeOptions,
          inject: [QueueOptions],
          useFactory: ({ intake }: QueueOptions) => new IntakeOptions(intake),
        },
        amqpConnectionProvider,
        TopologyService,
        PublishChannel,
        Publisher,
        PushQueueServer,
        QueueConsumer,
        QueueInspector,
        QueueBrowser,
      ],
      exports: [
        AmqpConnection,
        Publisher,
        PushQueueServer,
        QueueConsumer,
        QueueInspector,
        QueueBrowser,
        IntakeOptions,
      ],
    };
  }

  /** Runs after the providers' own hooks: nothing is published any more. */
  async onApplicationShutdown(): Promise<void> {
    await within(CLOSE_TIMEOUT_MS, () => this.amqp.close());
  }
}
