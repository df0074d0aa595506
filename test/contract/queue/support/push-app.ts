import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { ConsoleLogger, Controller, Injectable, type INestApplication } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ConfigModule, RabbitmqConfig, TracingConfig } from '@push/config';
import { TracingModule } from '@push/observability';
import {
  Publisher,
  PushContext,
  PushQueueServer,
  QueueConsumer,
  QueueInspector,
  QueueModule,
  QueueBrowser,
  type MessageBody,
  type QueueOptions,
} from '@push/queue';
import { waitFor } from '../../../support/wait-for';

export type Handler = (body: MessageBody, context: PushContext) => void | Promise<void>;

/** What the test's handler does, and what it was given. */
@Injectable()
export class Inbox {
  readonly bodies: MessageBody[] = [];
  readonly contexts: PushContext[] = [];
  handler: Handler = (_body, context) => context.ack();

  get ids(): string[] {
    return this.bodies.map((body) =>
      body.ok ? (body.value as { request_id: string }).request_id : '',
    );
  }
}

@Controller()
class PushController {
  constructor(private readonly inbox: Inbox) {}

  @EventPattern('push')
  async onPush(@Payload() body: MessageBody, @Ctx() context: PushContext): Promise<void> {
    this.inbox.bodies.push(body);
    this.inbox.contexts.push(context);
    await this.inbox.handler(body, context);
  }
}

export interface PushApp {
  app: INestApplication;
  inbox: Inbox;
  server: PushQueueServer;
  publisher: Publisher;
  consumer: QueueConsumer;
  inspector: QueueInspector;
  browser: QueueBrowser;
  amqp: AmqpConnection;
}

/** A hybrid app as push-service is one, with a handler of the test's. */
async function startPushApp(
  env: Record<string, string | undefined>,
  options: Partial<QueueOptions> = {},
): Promise<PushApp> {
  const module = await Test.createTestingModule({
    imports: [
      ConfigModule.forRoot([RabbitmqConfig, TracingConfig], env),
      TracingModule.forRoot('push-app'),
      QueueModule.forRoot(options),
    ],
    controllers: [PushController],
    providers: [Inbox],
  }).compile();
  module.useLogger(process.env['SHOW_LOGS'] ? new ConsoleLogger() : false);
  const parts = {
    inbox: module.get(Inbox),
    server: module.get(PushQueueServer),
    publisher: module.get(Publisher),
    consumer: module.get(QueueConsumer),
    inspector: module.get(QueueInspector),
    browser: module.get(QueueBrowser),
    amqp: module.get(AmqpConnection),
  };
  const app = module.createNestApplication(new FastifyAdapter());
  app.connectMicroservice({ strategy: parts.server });
  await app.init();
  await app.startAllMicroservices();
  return { app, ...parts };
}

/** The apps of one spec, all closed by `closeAll`. */
export class PushApps {
  private readonly started: PushApp[] = [];

  constructor(private readonly env: Record<string, string | undefined>) {}

  async start(options?: Partial<QueueOptions>): Promise<PushApp> {
    const app = await startPushApp(this.env, options);
    this.started.push(app);
    return app;
  }

  /** Starts one and waits until it consumes and can publish. */
  async startConnected(options?: Partial<QueueOptions>): Promise<PushApp> {
    const app = await this.start(options);
    await waitFor('both connections', () => app.server.connected && app.publisher.connected);
    return app;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.started.splice(0).map(({ app }) => app.close()));
  }
}
