/** What health asks of the connection to RabbitMQ. Bound by the app to whatever holds the connection. */
export abstract class BrokerState {
  /** Whether messages can go over it right now. */
  abstract readonly connected: boolean;
  /** Whether consuming is held back on purpose; left out where nothing is consumed. */
  abstract readonly paused?: boolean;
}
