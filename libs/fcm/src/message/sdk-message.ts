import type { Message } from 'firebase-admin/messaging';
import type { PushMessage } from '../push-message';
import {
  apnsHeadersOf,
  dataOf,
  isShown,
  ttlSecondsOf,
  webLinkOf,
  webpushHeadersOf,
} from './platforms';

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
