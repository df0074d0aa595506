/** Why a message was not published. */
export type PublishErrorCode =
  /** There is no connection, it is blocked, or its topology is missing. Nothing was sent. */
  | 'NOT_CONNECTED'
  /** The connection broke before the broker confirmed: it may or may not have the message. */
  | 'CONNECTION_LOST'
  /** The broker refused it: a queue it was for is full or unavailable. */
  | 'NACKED'
  /** No queue is bound for its routing key. */
  | 'UNROUTABLE'
  /** The broker did not confirm in time: it may or may not have the message. */
  | 'TIMEOUT'
  /** AMQP cannot carry it, however often it is tried. Nothing was sent. */
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

/** The topology at the broker cannot be used; the message says what to change. */
export class TopologyError extends Error {
  readonly code = 'TOPOLOGY_MISMATCH';
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TopologyError';
  }
}

/** Why a queue could not be browsed. */
export type QueueBrowseErrorCode =
  /** It is being browsed already, here or in another process. */
  | 'BUSY'
  /** There is no connection. */
  | 'NOT_CONNECTED'
  /** The connection or the channel broke. */
  | 'CONNECTION_LOST'
  /** The queue does not exist, or was deleted meanwhile. */
  | 'QUEUE_GONE'
  /** The broker refuses it; the cause says why. */
  | 'REFUSED';

const BROWSE_PROBLEMS: Readonly<Record<QueueBrowseErrorCode, string>> = {
  BUSY: 'The queue is being browsed already; try again later',
  NOT_CONNECTED: 'There is no connection to RabbitMQ',
  CONNECTION_LOST: 'The connection to RabbitMQ broke; all messages are in the queue again',
  QUEUE_GONE: 'The queue does not exist',
  REFUSED: 'RabbitMQ refuses to let the queue be browsed',
};

/** A queue that could not be browsed to the end. No message is lost. */
export class QueueBrowseError extends Error {
  readonly retryable = true;

  constructor(
    readonly code: QueueBrowseErrorCode,
    options?: ErrorOptions,
  ) {
    super(BROWSE_PROBLEMS[code], options);
    this.name = 'QueueBrowseError';
  }
}
