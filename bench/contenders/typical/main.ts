import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Transport, type MicroserviceOptions } from '@nestjs/microservices';
import { PREFETCH, QUORUM, env } from './settings';
import { WorkerModule } from './worker.module';

const options: MicroserviceOptions = {
  transport: Transport.RMQ,
  options: {
    urls: [env('RABBITMQ_URL')],
    queue: env('PUSH_QUEUE'),
    queueOptions: QUORUM,
    noAck: false,
    prefetchCount: PREFETCH,
  },
};

/**
 * What one would write otherwise: a worker as Nest's guide to RabbitMQ has it, with firebase-admin, ioredis and fetch as
 * their guides have them. It works, and is no straw man; it knows nothing of batches, breakers or crashes.
 */
async function main(): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest takes any object
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(WorkerModule, options);
  await app.listen();
  process.send?.('ready');
}

process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
void main();
