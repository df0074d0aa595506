import {
  BadRequestException,
  ConflictException,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { PublishError } from '@push/queue';

/** The body is no notification request. */
export class InvalidRequestError extends BadRequestException {
  /** @param problems a sentence for each */
  constructor(problems: string) {
    super({ error: 'invalid_notification', message: problems });
  }
}

/** The client chose a notification_id that belongs to another request. */
export class NotificationIdTakenError extends ConflictException {
  constructor() {
    super({
      error: 'notification_id_taken',
      message:
        'This notification_id belongs to another request_id: leave it out, or choose another one',
    });
  }
}

/** The broker did not confirm the message. */
export class BrokerUnavailableError extends ServiceUnavailableException {
  constructor(cause: PublishError) {
    super(
      {
        error: 'broker_unavailable',
        message:
          'The notification was not accepted, as the message broker does not take it: send it again with the same request_id',
        retryAfterSeconds: 2,
      },
      { cause },
    );
  }
}

/** The same request is being accepted elsewhere, and that takes too long. */
export class AcceptanceError extends ServiceUnavailableException {
  constructor() {
    super({
      error: 'still_being_accepted',
      message:
        'The same request is being accepted just now: send it again with the same request_id',
      retryAfterSeconds: 2,
    });
  }
}
