import { Controller, Inject, Logger } from '@nestjs/common';
import { ClientProxy, Ctx, EventPattern, Payload, RmqContext } from '@nestjs/microservices';
import type { Channel, Message } from 'amqplib';
import { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import { FirebaseService, type PushRequest } from './firebase.service';
import { REMEMBERED_SECONDS, env } from './settings';
import { UsersService } from './users.service';

/** Takes a message, looks whether it is known, sends it, remembers it, says so, acks it. */
@Controller()
export class WorkerController {
  private readonly logger = new Logger(WorkerController.name);

  constructor(
    private readonly redis: Redis,
    private readonly users: UsersService,
    private readonly firebase: FirebaseService,
    @Inject('STATUS') private readonly status: ClientProxy,
  ) {}

  @EventPattern('push')
  async handle(@Payload() request: PushRequest, @Ctx() context: RmqContext): Promise<void> {
    const channel = context.getChannelRef() as Channel;
    const message = context.getMessage() as unknown as Message;
    const key = `${env('REDIS_NAMESPACE')}${request.request_id}`;
    if ((await this.redis.get(key)) === null) {
      const user = await this.users.find(request.user_id);
      for (const device of user.devices) await this.firebase.send(request, device.token);
      await this.redis.set(key, 'delivered', 'EX', REMEMBERED_SECONDS);
      await this.report(request.request_id, 'delivered');
      this.logger.log(`Notification ${request.request_id} delivered`);
    }
    channel.ack(message);
  }

  private async report(id: string, status: string): Promise<void> {
    const event = { notification_id: id, request_id: id, status, error: null };
    const timestamp = new Date().toISOString();
    await lastValueFrom(this.status.emit('push.status', { ...event, timestamp }), {
      defaultValue: undefined,
    });
  }
}
