import type { PushMessage } from '../push-message';
import {
  apnsHeadersOf,
  dataOf,
  isShown,
  ttlSecondsOf,
  webLinkOf,
  webpushHeadersOf,
} from './platforms';

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
