import { Module } from '@nestjs/common';
import { ClientsModule, Transport } from '@nestjs/microservices';
import { Redis } from 'ioredis';
import { FirebaseService } from './firebase.service';
import { QUORUM, env } from './settings';
import { UsersService } from './users.service';
import { WorkerController } from './worker.controller';

@Module({
  imports: [
    ClientsModule.register([
      {
        name: 'STATUS',
        transport: Transport.RMQ,
        options: {
          urls: [env('RABBITMQ_URL')],
          queue: env('STATUS_QUEUE'),
          queueOptions: QUORUM,
          persistent: true,
        },
      },
    ]),
  ],
  controllers: [WorkerController],
  providers: [
    FirebaseService,
    UsersService,
    { provide: Redis, useFactory: () => new Redis(env('REDIS_URL')) },
  ],
})
export class WorkerModule {}
