import { isObject, type JsonObject } from '../json';
import { mapProblem, type Problem, stringProblem, typeProblem } from './fcm-errors';

const FCM = 'type.googleapis.com/google.firebase.fcm.v1';
/** FCM keeps a message four weeks at most. */
const MAX_TTL_SECONDS = 2_419_200;
/** Apple's limit, in UTF-8 bytes. */
const MAX_COLLAPSE_ID_BYTES = 64;

/** The first broken rule in the platforms' own blocks. Fields not named here pass: the blocks are large, and grow. */
export function platformProblem(message: JsonObject): Problem | undefined {
  return (
    blockProblem(message.android, 'message.android', 'AndroidConfig', androidProblem) ??
    blockProblem(message.apns, 'message.apns', 'ApnsConfig', apnsProblem) ??
    blockProblem(message.webpush, 'message.webpush', 'WebpushConfig', webpushProblem)
  );
}

function blockProblem(
  block: unknown,
  path: string,
  type: string,
  check: (block: JsonObject) => Problem | undefined,
): Problem | undefined {
  if (block === undefined || block === null) return undefined;
  return isObject(block) ? check(block) : typeProblem(path, `${FCM}.${type}`, block);
}

function androidProblem(android: JsonObject): Problem | undefined {
  const path = 'message.android';
  const { priority, ttl } = android;
  if (
    priority !== undefined &&
    priority !== null &&
    (typeof priority !== 'string' || !/^(normal|high)$/i.test(priority))
  ) {
    return typeProblem(`${path}.priority`, `${FCM}.AndroidConfig.AndroidMessagePriority`, priority);
  }
  if (ttl !== undefined && ttl !== null) {
    if (typeof ttl !== 'string' || !/^-?\d+(\.\d{1,9})?s$/.test(ttl)) {
      return typeProblem(`${path}.ttl`, 'type.googleapis.com/google.protobuf.Duration', ttl);
    }
    const seconds = Number.parseFloat(ttl);
    if (seconds < 0 || seconds > MAX_TTL_SECONDS) {
      return {
        message: `Invalid TTL: must be between 0 and ${MAX_TTL_SECONDS} seconds.`,
        field: `${path}.ttl`,
      };
    }
  }
  return (
    stringProblem(android, 'collapse_key', 'collapseKey', path) ??
    stringProblem(android, 'restricted_package_name', 'restrictedPackageName', path) ??
    mapProblem(android.data, `${path}.data`) ??
    blockProblem(
      android.notification,
      `${path}.notification`,
      'AndroidNotification',
      androidNotificationProblem,
    )
  );
}

function androidNotificationProblem(notification: JsonObject): Problem | undefined {
  const path = 'message.android.notification';
  for (const name of ['title', 'body', 'tag', 'image', 'icon', 'sound', 'color']) {
    const problem = stringProblem(notification, name, name, path);
    if (problem) return problem;
  }
  const color = notification.color;
  if (typeof color === 'string' && !/^#[0-9a-fA-F]{6}$/.test(color)) {
    return { message: 'Invalid color: must be in #rrggbb format.', field: `${path}.color` };
  }
  return (
    stringProblem(notification, 'channel_id', 'channelId', path) ??
    stringProblem(notification, 'click_action', 'clickAction', path)
  );
}

function apnsProblem(apns: JsonObject): Problem | undefined {
  const problem = mapProblem(apns.headers, 'message.apns.headers');
  if (problem) return problem;
  if (apns.payload !== undefined && apns.payload !== null && !isObject(apns.payload)) {
    return typeProblem(
      'message.apns.payload',
      'type.googleapis.com/google.protobuf.Struct',
      apns.payload,
    );
  }
  const headers = isObject(apns.headers) ? apns.headers : {};
  for (const name in headers) {
    const value = String(headers[name]);
    const field = `message.apns.headers[${name}]`;
    switch (name.toLowerCase()) {
      case 'apns-collapse-id':
        if (Buffer.byteLength(value) > MAX_COLLAPSE_ID_BYTES)
          return { message: 'Invalid apns-collapse-id: longer than 64 bytes.', field };
        break;
      case 'apns-priority':
        if (!/^(1|5|10)$/.test(value))
          return { message: 'Invalid apns-priority: must be 1, 5 or 10.', field };
        break;
      case 'apns-expiration':
        if (!/^\d+$/.test(value))
          return { message: 'Invalid apns-expiration: must be a UNIX time in seconds.', field };
        break;
    }
  }
  return undefined;
}

function webpushProblem(webpush: JsonObject): Problem | undefined {
  const path = 'message.webpush';
  const problem =
    mapProblem(webpush.headers, `${path}.headers`) ?? mapProblem(webpush.data, `${path}.data`);
  if (problem) return problem;
  if (
    webpush.notification !== undefined &&
    webpush.notification !== null &&
    !isObject(webpush.notification)
  ) {
    return typeProblem(
      `${path}.notification`,
      'type.googleapis.com/google.protobuf.Struct',
      webpush.notification,
    );
  }
  const options = webpush.fcm_options ?? webpush.fcmOptions;
  return blockProblem(options, `${path}.fcm_options`, 'WebpushFcmOptions', ({ link }) => {
    if (link === undefined || link === null || link === '') return undefined;
    if (typeof link !== 'string')
      return typeProblem(`${path}.fcm_options.link`, 'TYPE_STRING', link);
    // "For all URL values, HTTPS is required": FCM's reference, WebpushFcmOptions.
    if (/^https:\/\/[^/]/i.test(link) && URL.canParse(link)) return undefined;
    return { message: 'Invalid link: must be an HTTPS URL.', field: `${path}.fcm_options.link` };
  });
}
