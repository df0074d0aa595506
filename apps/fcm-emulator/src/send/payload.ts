import { isObject, type JsonObject, objectField, stringField } from '../json';
import { duplicateProblem, mapProblem, type Problem, typeProblem, unknownName } from './fcm-errors';
import { platformProblem } from './platform-payload';

/** FCM's limits on keys and values together, in UTF-8 bytes. */
const MAX_PAYLOAD_BYTES = 4096;
const MAX_TOPIC_PAYLOAD_BYTES = 2048;

/**
 * Whether what would reach a device is too much for FCM: `data` and `notification`, each as the platform's own
 * block overrides it, and the APNs payload; keys and values. Measured per platform, because a device gets but one.
 */
function payloadTooBig(message: JsonObject, bodyBytes: number): Problem | undefined {
  const toDevice =
    stringField(message, 'token') !== undefined || stringField(message, 'fid') !== undefined;
  const limit = toDevice ? MAX_PAYLOAD_BYTES : MAX_TOPIC_PAYLOAD_BYTES;
  if (bodyBytes <= limit) return undefined;
  const android = objectField(message, 'android');
  const webpush = objectField(message, 'webpush');
  const apns = objectField(message, 'apns');
  const sizes = {
    Android:
      bytesOf(android?.data ?? message.data) +
      bytesOf({ ...asObject(message.notification), ...asObject(android?.notification) }),
    APNs: bytesOf(message.data) + bytesOf(message.notification) + bytesOf(apns?.payload),
    'Web push':
      bytesOf(webpush?.data ?? message.data) +
      bytesOf({ ...asObject(message.notification), ...asObject(webpush?.notification) }),
  };
  for (const [platform, size] of Object.entries(sizes)) {
    if (size > limit) {
      const description = `The payload is ${size} bytes, ${limit} are allowed.`;
      return { message: `${platform} message is too big`, field: 'message', description };
    }
  }
  return undefined;
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** Keys and values, however deep. */
function bytesOf(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + bytesOf(item), 0);
  if (!isObject(value)) return JSON.stringify(value).length;
  return Object.entries(value).reduce(
    (sum, [key, item]) => sum + Buffer.byteLength(key) + bytesOf(item),
    0,
  );
}

const MESSAGE_FIELDS = new Set([
  'name',
  'data',
  'notification',
  'android',
  'webpush',
  'apns',
  'fcm_options',
  'fcmOptions',
  'token',
  'topic',
  'condition',
  'fid',
]);
const NOTIFICATION_FIELDS = new Set(['title', 'body', 'image']);
const TARGETS = ['token', 'topic', 'condition', 'fid'] as const;
const MAX_TOKEN_LENGTH = 4096;

/**
 * The first rule of FCM that a send request breaks, or undefined. Written by hand instead of with zod:
 * every send passes here.
 *
 * @param envelope the parsed request body
 * @param bodyBytes its size on the wire; a body below the payload limit cannot hold a payload above it
 */
export function payloadProblem(envelope: unknown, bodyBytes: number): Problem | undefined {
  if (!isObject(envelope))
    return {
      message: 'Invalid JSON payload received. Root element must be a message.',
      beforeFcm: true,
    };
  for (const key in envelope) {
    if (key !== 'message' && key !== 'validate_only' && key !== 'validateOnly')
      return unknownName(key, '');
  }
  const validateOnly = envelope.validate_only ?? envelope.validateOnly;
  if (validateOnly !== undefined && validateOnly !== null && typeof validateOnly !== 'boolean') {
    return typeProblem('validate_only', 'TYPE_BOOL', validateOnly);
  }
  const message = envelope.message;
  if (message === undefined || message === null)
    return { message: 'Message is not set.', field: 'message' };
  if (!isObject(message))
    return typeProblem('message', 'type.googleapis.com/google.firebase.fcm.v1.Message', message);
  return (
    shapeProblem(message) ??
    targetProblem(message) ??
    dataKeyProblem(message) ??
    payloadTooBig(message, bodyBytes)
  );
}

function shapeProblem(message: JsonObject): Problem | undefined {
  for (const key in message) if (!MESSAGE_FIELDS.has(key)) return unknownName(key, 'message');
  for (const field of TARGETS) {
    const value = message[field];
    if (value !== undefined && value !== null && typeof value !== 'string') {
      return typeProblem(`message.${field}`, 'TYPE_STRING', value);
    }
  }
  return (
    duplicateProblem(message, 'fcm_options', 'fcmOptions', 'message') ??
    mapProblem(message.data, 'message.data') ??
    notificationProblem(message.notification) ??
    platformProblem(message)
  );
}

function notificationProblem(notification: unknown): Problem | undefined {
  if (notification === undefined || notification === null) return undefined;
  const path = 'message.notification';
  if (!isObject(notification))
    return typeProblem(
      path,
      'type.googleapis.com/google.firebase.fcm.v1.Notification',
      notification,
    );
  for (const key in notification) {
    if (!NOTIFICATION_FIELDS.has(key)) return unknownName(key, path);
    const value = notification[key];
    if (value !== null && typeof value !== 'string')
      return typeProblem(`${path}.${key}`, 'TYPE_STRING', value);
  }
  return undefined;
}

function targetProblem(message: JsonObject): Problem | undefined {
  let set: string | undefined;
  for (const field of TARGETS) {
    if (message[field] === undefined || message[field] === null || message[field] === '') continue;
    if (set !== undefined) {
      const text = `Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '${field}'`;
      return { message: text, field: 'message', beforeFcm: true };
    }
    set = field;
  }
  if (set === undefined)
    return { message: 'Recipient of the message is not set.', field: 'message' };
  const token = message.token;
  if (typeof token === 'string' && token.length > MAX_TOKEN_LENGTH) {
    const text = 'The registration token is not a valid FCM registration token';
    return { message: text, field: 'message.token', description: 'Invalid registration token' };
  }
  const topic = message.topic;
  if (
    typeof topic === 'string' &&
    topic !== '' &&
    !/^(\/topics\/)?[a-zA-Z0-9\-_.~%]+$/.test(topic)
  ) {
    return { message: 'Malformed topic name.', field: 'message.topic' };
  }
  return undefined;
}

/** Keys FCM uses itself: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages#Message */
function dataKeyProblem(message: JsonObject): Problem | undefined {
  if (!isObject(message.data)) return undefined;
  for (const key in message.data) {
    if (
      key === 'from' ||
      key === 'message_type' ||
      key === 'gcm' ||
      key === 'google' ||
      key.startsWith('google.') ||
      key.startsWith('gcm.')
    ) {
      return { message: `Invalid data payload key: ${key}`, field: 'message.data' };
    }
  }
  return undefined;
}
