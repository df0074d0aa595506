import { randomUUID } from 'node:crypto';
import { parseNotification, type Notification } from '@push/contracts';
import { InvalidRequestError } from './acceptance.errors';

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
export function readRequest(body: unknown, correlationId: string): PublishableRequest {
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
