export {
  DEAD_LETTER_HEADERS,
  STATUS_REFUSED,
  deadLetterSchema,
  decodeDeadLetter,
  encodeDeadLetter,
  type DeadLetter,
  type DeadLetterMessage,
  type DeadLetterReason,
  type DecodedDeadLetter,
  type EncodedDeadLetter,
  type UndeliverableBody,
} from './dead-letter';
export { failure, pageMeta, success, type Envelope, type PageMeta } from './envelope';
export {
  parseNotification,
  type MessageProperties,
  type Notification,
  type ParsedNotification,
} from './notification';
export { notificationRequestSchema, type NotificationRequest } from './notification.schema';
export { PLATFORMS, parseRecipient, type Device, type Platform, type Recipient } from './recipient';
export {
  readReplays,
  replayHeaders,
  replaysSchema,
  withReplay,
  type Replay,
  type Replays,
} from './replays';
export {
  deviceResultSchema,
  statusEventSchema,
  type DeviceResult,
  type StatusEvent,
} from './status-event';
export { headerText, maskToken, tokenFingerprint } from './text';
export { DELAYS_MS, HEADERS, PUSH_BINDINGS, ROUTING_KEYS, CONTROL_HEADERS } from './topology';
