/** A way to ask another system whether it works, at some cost to it. */
export interface Probe {
  /** Resolves when it works, rejects when it does not. */
  probe(): Promise<void>;
  /** Epoch milliseconds of its last sound answer to real work, which makes a probe needless. */
  readonly lastSuccessAt?: number;
}

/** Asks Firebase, by a send that delivers nothing. Bound by the app. */
export abstract class FirebaseProbe implements Probe {
  abstract readonly lastSuccessAt?: number;
  abstract probe(): Promise<void>;
}

/** Asks the user service for its health. Bound by the app. */
export abstract class UserServiceProbe implements Probe {
  abstract readonly lastSuccessAt?: number;
  abstract probe(): Promise<void>;
}
