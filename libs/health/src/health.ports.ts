/** What health needs to know of the connection to RabbitMQ. Bound by the app to whatever holds the connection. */
export abstract class BrokerState {
  /** Whether messages can be sent and received right now. */
  abstract readonly connected: boolean;
  /** Whether consuming is paused on purpose; left out where nothing is consumed. */
  abstract readonly paused?: boolean;
}

/** Checks whether another system works, at some cost to it. */
export abstract class Probe {
  /** Resolves when it works, rejects when it does not. */
  abstract probe(): Promise<void>;
  /** Epoch milliseconds of its last success in real work, which makes a probe unnecessary. */
  abstract readonly lastSuccessAt?: number;
}

/** Probes Firebase, by a send that delivers nothing. Bound by the app. */
export abstract class FirebaseProbe extends Probe {}

/** Probes the user service by its health endpoint. Bound by the app. */
export abstract class UserServiceProbe extends Probe {}
