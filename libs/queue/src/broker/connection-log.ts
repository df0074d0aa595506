import { Logger } from '@nestjs/common';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import { messageOf } from './amqp-errors';

/** Logs a connection's changes of state, each once: not its attempts, of which there is one a second. */
export function logConnection(manager: AmqpConnectionManager, connection: string): void {
  const logger = new Logger('RabbitMQ');
  let trouble: string | undefined;
  const warn = (message: string, error: unknown): void => {
    const reason = error ? messageOf(error) : 'the connection was closed';
    if (trouble === reason) return;
    trouble = reason;
    logger.warn({ connection, reason }, message);
  };
  manager.on('connect', () => {
    trouble = undefined;
    logger.log({ connection }, 'Connected to RabbitMQ');
  });
  manager.on('disconnect', ({ err }: { err?: Error }) =>
    warn('Disconnected from RabbitMQ; reconnecting', err),
  );
  manager.on('connectFailed', ({ err }) =>
    warn('RabbitMQ cannot be reached; trying again every second', err),
  );
  manager.on('blocked', ({ reason }) =>
    logger.warn(
      { connection, reason },
      'RabbitMQ takes no messages: it is short of memory or disk',
    ),
  );
  manager.on('unblocked', () => logger.log({ connection }, 'RabbitMQ takes messages again'));
}
