import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { Logger, type FactoryProvider } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { logConnection } from './connection-log';
import { connectionSettings } from './connection-settings';
import { gatherFrames } from './gathered-writes';

/**
 * The connection for all but intake. Made here and not by golevelup's module, whose registry of connections is one for
 * the process: the first app to stop would close those of every other app in it. Connects in the background, for ever.
 */
export const brokerConnectionProvider: FactoryProvider<AmqpConnection> = {
  provide: AmqpConnection,
  inject: [RabbitmqConfig],
  useFactory: async (config: RabbitmqConfig) => {
    const logger = new Logger(AmqpConnection.name);
    const quiet = (message: unknown): void => logger.debug(message);
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
      // Its attempts are not news: changes of state are logged by us.
      logger: { log: quiet, warn: quiet, error: quiet },
    });
    await connection.init();
    logConnection(connection.managedConnection, 'publisher');
    gatherFrames(connection.managedConnection);
    return connection;
  },
};
