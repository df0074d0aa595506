import { isObject, type JsonObject } from '../json';
import { platformProblem } from './platform-payload';
import { duplicateProblem, mapProblem, typeProblem, unknownName, type Problem } from './problem';
import { payloadTooBig } from './payload-size';

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
