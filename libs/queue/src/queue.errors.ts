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

/** Why a queue could not be walked through. */
export type QueueBrowseErrorCode =
  /** Another walk through it is under way, here or in another process. */
  | 'BUSY'
  /** There is no connection. */
  | 'NOT_CONNECTED'
  /** The connection, or the channel, broke on the way. */
  | 'CONNECTION_LOST'
  /** The queue is not there, or has gone on the way. */
  | 'QUEUE_GONE'
  /** The broker does not allow it; the cause says what. */
  | 'REFUSED';

const WALK_PROBLEMS: Readonly<Record<QueueBrowseErrorCode, string>> = {
  BUSY: 'Somebody else is walking through the queue; try again when that has ended',
  NOT_CONNECTED: 'There is no connection to RabbitMQ',
  CONNECTION_LOST:
    'The connection to RabbitMQ broke on the way; all messages are back in the queue',
  QUEUE_GONE: 'The queue is not there',
  REFUSED: 'RabbitMQ does not allow to walk through the queue',
};

/** A walk through a queue that did not come to its end. Nothing is lost by it. */
export class QueueBrowseError extends Error {
  readonly retryable = true;

  constructor(
    readonly code: QueueBrowseErrorCode,
    options?: ErrorOptions,
  ) {
    super(WALK_PROBLEMS[code], options);
    this.name = 'QueueBrowseError';
  }
}
