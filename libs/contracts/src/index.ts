export {
  DEAD_LETTER_HEADERS,
  STATUS_REFUSED,
  encodeDeadLetter,
  type UndeliverableBody,
  type DeadLetterReason,
  type EncodedDeadLetter,
} from './dead-letter';
export { deadLetterSchema, type DeadLetter } from './dead-letter.schema';
export { failure, pageMeta, success, type Envelope, type PageMeta } from './envelope';
export { headerText } from './header-text';
export { maskToken, tokenFingerprint } from './mask';
export {
  parseNotification,
  type MessageProperties,
  type Notification,
  type ParsedNotification,
} from './notification';
export { notificationRequestSchema, type NotificationRequest } from './notification.schema';
export {
  decodeDeadLetter,
  type DeadLetterMessage,
  type DecodedDeadLetter,
} from './read-dead-letter';
export { parseRecipient } from './recipient';
export { PLATFORMS, type Device, type Platform, type Recipient } from './recipient.schema';
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
} from './status-event.schema';
export { DELAYS_MS, HEADERS, PUSH_BINDINGS, ROUTING_KEYS, CONTROL_HEADERS } from './topology';
