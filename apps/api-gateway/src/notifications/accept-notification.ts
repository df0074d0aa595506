import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BadRequestException,
  ConflictException,
  Injectable,
  Logger,
  ServiceUnavailableException,
} from '@nestjs/common';
import { HEADERS, type Notification, parseNotification, ROUTING_KEYS } from '@push/contracts';
import { Publisher, PublishError } from '@push/queue';
import { NotificationRecords, type NotificationStatus } from './notification-records';
import { RequestClaims } from './request-claims';

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

/** Levels of objects and lists within each other. Parsers of JSON take any number, most writers of it do not. */
const MAX_DEPTH = 100;

/** A request that can be published. */
export interface PublishableRequest {
  /** What the request means. */
  notification: Notification;
  /** The client's body, all of it, with the ids it is followed by. */
  message: Record<string, unknown>;
  /** The notification_id, where the client chose it. */
  givenId?: string;
}

/**
 * Validates a client's body and gives it the ids that it lacks.
 * @throws {InvalidRequestError} with a sentence per problem
 */
function readRequest(body: unknown, correlationId: string): PublishableRequest {
  if (!isObject(body)) throw new InvalidRequestError('the notification should be a JSON object');
  if (!fitsWithin(body, MAX_DEPTH)) {
    throw new InvalidRequestError(`the notification should be at most ${MAX_DEPTH} levels deep`);
  }
  const requestId = body['request_id'] ?? body['notification_id'] ?? randomUUID();
  const parsed = parseNotification({ ...body, request_id: requestId }, { correlationId });
  if (!parsed.ok) throw new InvalidRequestError(parsed.error);
  const isGiven = body['notification_id'] != null;
  const { notificationId: found } = parsed.notification;
  const notificationId = isGiven ? found : randomUUID();
  return {
    notification: { ...parsed.notification, notificationId },
    message: {
      ...body,
      request_id: parsed.notification.requestId,
      notification_id: notificationId,
      correlation_id: parsed.notification.correlationId,
    },
    givenId: isGiven ? found : undefined,
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fitsWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => fitsWithin(inner, levels - 1));
}

/** What a client is told of the notification it asked for. */
export interface Accepted {
  notification_id: string;
  request_id: string;
  correlation_id: string;
  status: NotificationStatus;
  /** False where the same request had been accepted before; nothing was published again then. */
  isNew: boolean;
}

/** Wait for the gateway that accepts the same request just now; a little more than its publishing may take. */
const MAX_WAIT_MS = 6000;
const FIRST_LOOK_MS = 10;
const LONGEST_LOOK_MS = 200;

/**
 * Accepts a notification once per request_id: claims the request, publishes, and answers after the broker's confirm.
 * Nothing shows before that. Whatever dies on the way, the client's next try goes on where this one ended; a message
 * that is published twice by it is delivered once, as push-service knows the request_id too.
 */
@Injectable()
export class AcceptNotification {
  private readonly logger = new Logger(AcceptNotification.name);

  constructor(
    private readonly claims: RequestClaims,
    private readonly records: NotificationRecords,
    private readonly publisher: Publisher,
  ) {}

  /**
   * @param body a notification request, not yet validated
   * @throws {InvalidRequestError} when it is none
   * @throws {NotificationIdTakenError} when its notification_id is that of another request
   * @throws {BrokerUnavailableError} when the broker did not take it
   * @throws {AcceptanceError} when another gateway has been accepting it for too long
   */
  async accept(body: unknown, correlationId: string): Promise<Accepted> {
    const { notification, message, givenId } = readRequest(body, correlationId);
    const { requestId } = notification;
    const owner = randomUUID();
    const deadline = performance.now() + MAX_WAIT_MS;
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 2, LONGEST_LOOK_MS)) {
      const [state, notificationId] = await this.claims.take(
        requestId,
        owner,
        notification.notificationId,
      );
      const claimed = { ...notification, notificationId };
      switch (state) {
        case 'taken':
          // One that was made up just now is nobody else's.
          if (givenId !== undefined || notificationId !== notification.notificationId) {
            await this.reserve(claimed, owner);
          }
          return this.publish(claimed, { ...message, notification_id: notificationId }, owner);
        case 'accepted':
          return this.repeat(claimed);
        case 'held':
          if (performance.now() > deadline) throw new AcceptanceError();
          await delay(wait);
      }
    }
  }

  private async reserve({ requestId, notificationId }: Notification, owner: string): Promise<void> {
    const isOurs = await this.records
      .reserve(notificationId, requestId, owner)
      .catch(async (error: unknown) => {
        await this.release(requestId, notificationId, owner);
        throw error;
      });
    if (isOurs) return;
    await this.claims.forget(requestId, owner);
    throw new NotificationIdTakenError();
  }

  private async publish(
    notification: Notification,
    message: object,
    owner: string,
  ): Promise<Accepted> {
    const { requestId, notificationId, correlationId, userId } = notification;
    try {
      await this.publisher.publish(ROUTING_KEYS.push, message, {
        correlationId,
        messageId: requestId,
        priority: notification.priority,
        headers: { [HEADERS.correlationId]: correlationId },
      });
    } catch (error) {
      await this.release(requestId, notificationId, owner);
      throw error instanceof PublishError && error.retryable
        ? new BrokerUnavailableError(error)
        : error;
    }
    const status = await this.records.accepted({
      notificationId,
      requestId,
      userId,
      correlationId,
    });
    await this.claims.accept(requestId, notificationId);
    this.logger.log(
      { user_id: userId, request_id: requestId, notification_id: notificationId },
      'Notification accepted',
    );
    return answer(notification, status, true);
  }

  private async repeat(notification: Notification): Promise<Accepted> {
    const record = await this.records.find(notification.notificationId);
    return answer(notification, record?.status ?? 'pending', false);
  }

  /** Without Redis the lease does the same, only later. The claim goes last: with it, the next try may begin. */
  private async release(requestId: string, notificationId: string, owner: string): Promise<void> {
    try {
      await this.records.unreserve(notificationId, owner);
      await this.claims.release(requestId, owner);
    } catch (error) {
      this.logger.warn(
        { request_id: requestId, err: error },
        'The claim on a request is left to its lease',
      );
    }
  }
}

function answer(notification: Notification, status: NotificationStatus, isNew: boolean): Accepted {
  return {
    notification_id: notification.notificationId,
    request_id: notification.requestId,
    correlation_id: notification.correlationId,
    status,
    isNew,
  };
}
