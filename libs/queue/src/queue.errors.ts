/** Why a message was not published. */
export type PublishErrorCode =
  /** There is no connection, or its topology is not in place. Nothing was sent. */
  | 'NOT_CONNECTED'
  /** The connection broke before the broker confirmed: it may or may not have the message. */
  | 'CONNECTION_LOST'
  /** The broker refused it: a queue it was for is full or unavailable. */
  | 'NACKED'
  /** No queue is bound for its routing key. */
  | 'UNROUTABLE'
  /** The broker did not confirm in time: it may or may not have the message. */
  | 'TIMEOUT'
  /** It cannot be sent in AMQP, however often it is tried. Nothing was sent. */
  | 'INVALID_MESSAGE';

/** A message that the broker has not confirmed. */
export class PublishError extends Error {
  /** False where the same message can never be published. */
  readonly retryable: boolean;

  constructor(
    readonly code: PublishErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PublishError';
    this.retryable = code !== 'INVALID_MESSAGE';
  }
}

/** What the broker has cannot be used by this product; the message says what to change. */
export class TopologyError extends Error {
  readonly code = 'TOPOLOGY_MISMATCH';
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TopologyError';
  }
}
