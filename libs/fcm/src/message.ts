import type { Message } from 'firebase-admin/messaging';
import type { PushContent, PushMessage } from './fcm-transport';

/** The `message` of FCM HTTP v1: https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages */
export interface RestMessage {
  token: string;
  notification?: { title?: string; body?: string; image?: string };
  data?: Readonly<Record<string, string>>;
  android: {
    priority: 'HIGH' | 'NORMAL';
    ttl?: string;
    notification?: { tag: string; default_sound: true };
  };
  apns: {
    headers: Record<string, string>;
    payload: { aps: { sound: 'default'; 'mutable-content'?: 1 } };
    fcm_options?: { image: string };
  };
  webpush: {
    headers: Record<string, string>;
    notification?: { tag: string };
    fcm_options?: { link: string };
  };
}

/**
 * Writes a push in the words of FCM HTTP v1.
 *
 * The blocks of all three platforms are always there: which device a token belongs to is FCM's to know, and the tag
 * that keeps a push sent twice from being shown twice has to reach each of them. Not `collapse_key`, of which FCM
 * keeps four a device. Title, body and image stand once, in `notification`, and hold for all platforms.
 *
 * @param nowMs epoch milliseconds, for Apple's absolute expiry. @default now
 */
export function toRestMessage(push: PushMessage, nowMs: number = Date.now()): RestMessage {
  const { token, content } = push;
  const { title, body, image, tag } = content;
  const shown = isShown(content);
  const ttl = ttlSecondsOf(content);
  const link = webLinkOf(content);
  return {
    token,
    notification: shown ? { title, body, image } : undefined,
    data: dataOf(content),
    android: {
      priority: content.priority === 'high' ? 'HIGH' : 'NORMAL',
      ttl: ttl === undefined ? undefined : `${ttl}s`,
      // No click_action: it names an intent filter of the app, never a URL; without it a tap opens the app.
      notification: shown ? { tag, default_sound: true } : undefined,
    },
    apns: {
      headers: apnsHeadersOf(content, nowMs),
      // A picture is fetched by the app's notification extension, which runs for mutable content only.
      payload: {
        aps:
          image === undefined ? { sound: 'default' } : { sound: 'default', 'mutable-content': 1 },
      },
      fcm_options: image === undefined ? undefined : { image },
    },
    webpush: {
      headers: webpushHeadersOf(content),
      notification: shown ? { tag } : undefined,
      fcm_options: link === undefined ? undefined : { link },
    },
  };
}

/**
 * Writes a push in firebase-admin's words; the SDK turns it into what `toRestMessage` says directly.
 *
 * @param nowMs epoch milliseconds, for Apple's absolute expiry. @default now
 */
export function toSdkMessage(push: PushMessage, nowMs: number = Date.now()): Message {
  const { token, content } = push;
  const { title, body, image, tag } = content;
  const shown = isShown(content);
  const ttl = ttlSecondsOf(content);
  const link = webLinkOf(content);
  return {
    token,
    notification: shown ? { title, body, imageUrl: image } : undefined,
    data: dataOf(content),
    android: {
      priority: content.priority,
      ttl: ttl === undefined ? undefined : ttl * 1000,
      notification: shown ? { tag, defaultSound: true } : undefined,
    },
    apns: {
      headers: apnsHeadersOf(content, nowMs),
      payload: {
        aps: { sound: 'default', mutableContent: image === undefined ? undefined : true },
      },
      fcmOptions: image === undefined ? undefined : { imageUrl: image },
    },
    webpush: {
      headers: webpushHeadersOf(content),
      notification: shown ? { tag } : undefined,
      fcmOptions: link === undefined ? undefined : { link },
    },
  };
}

/** FCM keeps a message for a device that is offline four weeks at most. */
const MAX_TTL_SECONDS = 2_419_200;

/** TTL in whole seconds, within what FCM takes; undefined leaves it to FCM. */
function ttlSecondsOf({ ttlSeconds }: PushContent): number | undefined {
  if (ttlSeconds === undefined) return undefined;
  return Math.min(Math.max(0, Math.floor(ttlSeconds)), MAX_TTL_SECONDS);
}

/** Whether there is anything to see; a push without is for the app alone. */
function isShown({ title, body, image }: PushContent): boolean {
  return (title ?? body ?? image) !== undefined;
}

/** The app's data, with the link for apps that open it themselves. */
export function dataOf({ data, link }: PushContent): Record<string, string> | undefined {
  if (link !== undefined && !('link' in data)) return { ...data, link };
  for (const _ in data) return data;
  return undefined;
}

/** The link a browser opens by itself. FCM refuses any that is not https; those stay in the data alone. */
function webLinkOf({ link }: PushContent): string | undefined {
  return link !== undefined && /^https:\/\/[^/]/i.test(link) && URL.canParse(link)
    ? link
    : undefined;
}

/** https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
function apnsHeadersOf(content: PushContent, nowMs: number): Record<string, string> {
  const headers: Record<string, string> = {
    'apns-push-type': 'alert',
    'apns-priority': content.priority === 'high' ? '10' : '5',
    'apns-collapse-id': content.tag,
  };
  const ttl = ttlSecondsOf(content);
  // 0 is Apple's own word for "try once, keep nothing".
  if (ttl !== undefined) {
    headers['apns-expiration'] = String(ttl === 0 ? 0 : Math.floor(nowMs / 1000) + ttl);
  }
  return headers;
}

/** https://www.rfc-editor.org/rfc/rfc8030#section-5.2 and 5.3 */
function webpushHeadersOf(content: PushContent): Record<string, string> {
  const headers: Record<string, string> = { Urgency: content.priority };
  const ttl = ttlSecondsOf(content);
  if (ttl !== undefined) headers.TTL = String(ttl);
  return headers;
}
