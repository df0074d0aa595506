import {
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
} from '@nestjs/common';
import { QueueConsumer } from './consumer/queue-consumer';
import { PushQueueServer } from './intake/push-queue.server';
import { Publisher } from './publisher/publisher';
import { QueueInspector } from './queue-inspector';
import { IntakeOptions, QueueOptions } from './queue.options';

/** Options that depend on configuration. */
export interface QueueModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  inject?: FactoryProvider['inject'];
  useFactory: FactoryProvider<Partial<QueueOptions>>['useFactory'];
}

/** RabbitMQ: topology, the server that takes pushes in, the publisher, other consumers, depths. Needs `RabbitmqConfig`. */
@Module({})
export class QueueModule {
  static forRoot(options: Partial<QueueOptions> = {}): DynamicModule {
    return QueueModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports, inject, useFactory }: QueueModuleAsyncOptions): DynamicModule {
    const exported = [Publisher, PushQueueServer, QueueConsumer, QueueInspector, IntakeOptions];
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
        Publisher,
        PushQueueServer,
        QueueConsumer,
        QueueInspector,
      ],
      exports: exported,
    };
  }
}
