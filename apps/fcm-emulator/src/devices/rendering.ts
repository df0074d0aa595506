import { isObject, type JsonObject, objectField, stringField } from '../json';

/** The kind of device of a token. */
export type Platform = 'android' | 'ios' | 'web';

export const PLATFORMS = ['android', 'ios', 'web'] as const;

/** Tokens say what they are by their prefix; anything without one is an Android device. */
export function platformOf(token: string): Platform {
  if (token.startsWith('ios-')) return 'ios';
  if (token.startsWith('web-')) return 'web';
  return 'android';
}

/** What a person sees of one message. */
export interface Face {
  title: string | null;
  body: string | null;
  image: string | null;
  link: string | null;
  /** What a later push must repeat to replace this one; null replaces nothing. */
  tag: string | null;
  data: JsonObject;
}

/**
 * What a message looks like on a device of this platform: the common notification, overridden by the platform's
 * own block. Null for a message that shows nothing, with data for the app alone.
 */
export function render(message: JsonObject, platform: Platform): Face | null {
  switch (platform) {
    case 'android':
      return renderAndroid(message);
    case 'ios':
      return renderIos(message);
    case 'web':
      return renderWeb(message);
  }
}

function renderAndroid(message: JsonObject): Face | null {
  const common = objectField(message, 'notification');
  const android = objectField(message, 'android');
  const own = objectField(android, 'notification');
  if (!common && !own) return null;
  const data = objectField(android, 'data') ?? objectField(message, 'data') ?? {};
  return {
    title: stringField(own, 'title') ?? stringField(common, 'title') ?? null,
    body: stringField(own, 'body') ?? stringField(common, 'body') ?? null,
    image: stringField(own, 'image') ?? stringField(common, 'image') ?? null,
    link: stringField(data, 'link') ?? stringField(own, 'click_action', 'clickAction') ?? null,
    tag: stringField(own, 'tag') ?? null,
    data,
  };
}

function renderIos(message: JsonObject): Face | null {
  const common = objectField(message, 'notification');
  const apns = objectField(message, 'apns');
  const payload = objectField(apns, 'payload');
  const alert = objectField(payload, 'aps')?.alert;
  if (!common && alert === undefined) return null;
  const own = isObject(alert) ? alert : { body: alert };
  const data = objectField(message, 'data') ?? {};
  return {
    title: stringField(own, 'title') ?? stringField(common, 'title') ?? null,
    body: stringField(own, 'body') ?? stringField(common, 'body') ?? null,
    image:
      stringField(objectField(apns, 'fcm_options', 'fcmOptions'), 'image') ??
      stringField(common, 'image') ??
      null,
    link: stringField(data, 'link') ?? stringField(payload, 'link') ?? null,
    tag: header(objectField(apns, 'headers'), 'apns-collapse-id') ?? null,
    data,
  };
}

function renderWeb(message: JsonObject): Face | null {
  const common = objectField(message, 'notification');
  const webpush = objectField(message, 'webpush');
  const own = objectField(webpush, 'notification');
  if (!common && !own) return null;
  const data = objectField(webpush, 'data') ?? objectField(message, 'data') ?? {};
  return {
    title: stringField(own, 'title') ?? stringField(common, 'title') ?? null,
    body: stringField(own, 'body') ?? stringField(common, 'body') ?? null,
    image: stringField(own, 'image') ?? stringField(common, 'image') ?? null,
    link:
      stringField(objectField(webpush, 'fcm_options', 'fcmOptions'), 'link') ??
      stringField(data, 'link') ??
      null,
    tag: stringField(own, 'tag') ?? null,
    data,
  };
}

/** HTTP header names know no case. */
function header(headers: JsonObject | undefined, name: string): string | undefined {
  for (const key in headers) if (key.toLowerCase() === name) return stringField(headers, key);
  return undefined;
}
