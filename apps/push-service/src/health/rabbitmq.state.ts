import { Injectable } from '@nestjs/common';
import { BrokerState } from '@push/health';
import { Publisher, PushQueueServer } from '@push/queue';

/** Both ways have to be open: messages come in over one connection, and what became of them goes out over the other. */
@Injectable()
export class RabbitmqState extends BrokerState {
  constructor(
    private readonly server: PushQueueServer,
    private readonly publisher: Publisher,
  ) {
    super();
  }

  get connected(): boolean {
    return this.server.connected && this.publisher.connected;
  }

  get paused(): boolean {
    return this.server.paused;
  }
}
