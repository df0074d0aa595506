import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Logger, type FactoryProvider, type LoggerService } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import type { AmqpConnectionManager, AmqpConnectionManagerOptions } from 'amqp-connection-manager';
import type { ChannelModel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './channel';

/** Milliseconds before a set-up that failed is tried again. */
const SET_UP_RETRY_MS = 5000;

/** Options of both connections: a dead one is detected within ten seconds, reconnecting is tried every second, without end. */
export function connectionSettings(name: string) {
  return {
    heartbeatIntervalInSeconds: 5,
    reconnectTimeInSeconds: 1,
    connectionOptions: {
      noDelay: true,
      keepAlive: true,
      /** Milliseconds for connecting, the AMQP handshake included. */
      timeout: 5000,
      /** The name of this connection in RabbitMQ's own pages and logs. */
      clientProperties: { connection_name: name },
    },
  } satisfies AmqpConnectionManagerOptions;
}

/**
 * The connection for everything but the push queue. Created here and not by golevelup's module, whose registry of
 * connections is one per process: the first app to stop would close those of every other app in it. Connects in the
 * background, without end.
 */
export const amqpConnectionProvider: FactoryProvider<AmqpConnection> = {
  provide: AmqpConnection,
  inject: [RabbitmqConfig],
  useFactory: async (config: RabbitmqConfig) => {
    const connection = new AmqpConnection({
      name: 'publisher',
      uri: [...config.urls],
      connectionManagerOptions: connectionSettings('publisher'),
      connectionInitOptions: {
        wait: false,
        skipConnectionFailedLogging: true,
        skipDisconnectFailedLogging: true,
      },
      enableDirectReplyTo: false,
      registerHandlers: false,
      // It logs every attempt; logConnection logs each change of state once.
      logger: debugLogger(AmqpConnection.name),
    });
    await connection.init();
    logConnection(connection.managedConnection, 'publisher');
    return connection;
  },
};

/** For a library that logs the same at each attempt: everything at debug level. */
export function debugLogger(context: string): LoggerService {
  const logger = new Logger(context);
  const debug = (message: unknown): void => logger.debug(message);
  return { log: debug, warn: debug, error: debug };
}

/** Logs each change of a connection's state once, and not the attempts, of which there is one a second. */
export function logConnection(manager: AmqpConnectionManager, connection: string): void {
  const logger = new Logger('RabbitMQ');
  let lastReason: string | undefined;
  const warn = (message: string, error: unknown): void => {
    const reason = error ? messageOf(error) : 'the connection was closed';
    if (lastReason === reason) return;
    lastReason = reason;
    logger.warn({ connection, reason }, message);
  };
  manager.on('connect', () => {
    lastReason = undefined;
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
      'RabbitMQ accepts no messages: it is short of memory or disk',
    ),
  );
  manager.on('unblocked', () => logger.log({ connection }, 'RabbitMQ accepts messages again'));
}

/**
 * Runs the set-up of a connection until it succeeds or the connection is lost. Never rejects: amqp-connection-manager
 * would not repeat it before the next connection.
 */
export async function setUpConnection(
  manager: AmqpConnectionManager,
  setUp: (connection: ChannelModel) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  const { connection } = manager;
  while (connection !== undefined && manager.connection === connection) {
    try {
      await setUp(connection);
      return;
    } catch (error) {
      if (manager.connection === connection) onFailure(error);
      await sleep(SET_UP_RETRY_MS, undefined, { ref: false });
    }
  }
}

/**
 * Closes a connection, to have everything on it set up anew a second later: amqp-connection-manager does not reopen a
 * channel that the broker has closed. Not its `reconnect`, which removes the listeners first: it would wait for ever for
 * a broker that does not answer, and a connection that breaks meanwhile would end the process.
 */
export function restartConnection(connection: ChannelModel | undefined): void {
  // Rejects where it is closing already.
  connection?.close().catch(() => undefined);
}
