import { Controller } from '@nestjs/common';
import { EventPattern, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { BareArguments } from './bare-arguments.decorator';

class Line extends Server implements CustomTransportStrategy {
  listen(callback: () => void): void {
    callback();
  }

  close(): void {
    // There is nothing to close.
  }

  on(): void {
    // Nothing happens on it.
  }

  unwrap(): never {
    throw new Error('There is nothing below it');
  }
}

@Controller()
class Listener {
  readonly heard: unknown[][] = [];

  @EventPattern('push')
  @BareArguments()
  onPush(...args: unknown[]): void {
    this.heard.push(args);
  }
}

describe('BareArguments', () => {
  it('hands on the body and its context as the transport has them', async () => {
    const module = await Test.createTestingModule({ controllers: [Listener] }).compile();
    const strategy = new Line();
    const app = module.createNestApplication(new FastifyAdapter());
    app.connectMicroservice({ strategy });
    await app.startAllMicroservices();
    const body = { user_id: 'u' };
    const context = { tag: 1 };
    await strategy.getHandlers().get('push')?.(body, context);
    expect(app.get(Listener).heard).toEqual([[body, context]]);
    await app.close();
  });
});
