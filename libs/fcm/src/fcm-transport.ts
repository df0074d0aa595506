import type { Platform } from '@push/contracts';

/** What a person is to see, and how it is to reach them; the same for all devices of one notification. */
export interface PushContent {
  title?: string;
  body?: string;
  /** URL of a picture. */
  image?: string;
  /** URL that a tap opens. */
  link?: string;
  /** For the app; every value is text. */
  data: Readonly<Record<string, string>>;
  priority: 'normal' | 'high';
  /** Same tag, same place on the screen: a push sent twice replaces itself. At most 64 bytes. */
  tag: string;
  /** How long FCM may keep it for a device that is offline. FCM's default (four weeks) when absent. */
  ttlSeconds?: number;
}

/** One push for one device, in no vendor's words. */
export interface PushMessage {
  token: string;
  platform?: Platform;
  content: PushContent;
}

/**
 * What a refusal says about whose fault it is (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode):
 * - `token`: this device address is dead or was never one; the user service should drop it
 * - `sender`: the address belongs to another Firebase project
 * - `payload`: the message itself is wrong
 * - `platform-auth`: the project's APNs or web push set-up is wrong
 * - `credentials`: our own credentials are refused
 * - `rate`: the project's quota is used up
 * - `target-rate`: the quota of this one device is used up
 * - `transient`: FCM or the network is not well; the same call may work later
 */
export type FailureClass =
  | 'token'
  | 'sender'
  | 'payload'
  | 'platform-auth'
  | 'credentials'
  | 'rate'
  | 'target-rate'
  | 'transient';

/** FCM took the message. It says no more than that: delivery to the device is its own affair. */
export interface SendAccepted {
  accepted: true;
  /** FCM's name of the message: `projects/{project}/messages/{id}`. */
  messageId: string;
}

/** FCM, or the way to it, refused the message. */
export interface SendRefused {
  accepted: false;
  failure: FailureClass;
  /** FCM's error code, `HTTP_<status>` for an answer not FCM's, or our own `TIMEOUT`, `NETWORK`, `UNPARSABLE`, `OVERLOADED`, `CLOSED`. */
  code: string;
  /** A sentence; carries no token. */
  message: string;
  httpStatus?: number;
  /** What FCM asked to be waited, in milliseconds. */
  retryAfterMs?: number;
}

export type SendResult = SendAccepted | SendRefused;

/** A way to FCM. One call of `send` is one HTTP request: retry and breaker belong to the caller. */
export abstract class FcmTransport {
  /** Sends one push. Never rejects: every end is a {@link SendResult}, within the configured deadline. */
  abstract send(message: PushMessage, options?: SendOptions): Promise<SendResult>;
  /** Connections open now. */
  abstract get sessions(): number;
  /** Requests under way on them now. */
  abstract get streams(): number;
}

export interface SendOptions {
  /** Have FCM check the message and deliver nothing. @default false */
  validateOnly?: boolean;
}
