import { isObject, objectField, stringField, type JsonObject } from '../json';
import type { Problem } from './problem';

/** FCM's limits on keys and values together, in UTF-8 bytes. */
const MAX_PAYLOAD_BYTES = 4096;
const MAX_TOPIC_PAYLOAD_BYTES = 2048;

/**
 * Whether what would reach a device is too much for FCM: `data` and `notification`, each as the platform's own
 * block overrides it, and the APNs payload; keys and values. Measured per platform, because a device gets but one.
 */
export function payloadTooBig(message: JsonObject, bodyBytes: number): Problem | undefined {
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
