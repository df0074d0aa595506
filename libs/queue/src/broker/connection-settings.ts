import type { AmqpConnectionManagerOptions } from 'amqp-connection-manager';

/** How both connections behave: noticed within ten seconds when dead, tried again every second, for ever. */
export function connectionSettings(name: string): AmqpConnectionManagerOptions {
  return {
    heartbeatIntervalInSeconds: 5,
    reconnectTimeInSeconds: 1,
    connectionOptions: {
      noDelay: true,
      keepAlive: true,
      /** Milliseconds for connecting, the AMQP handshake included. */
      timeout: 5000,
      /** What the broker's own pages and logs call this connection. */
      clientProperties: { connection_name: name },
    },
  };
}
