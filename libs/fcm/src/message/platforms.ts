import type { PushContent } from '../push-message';

/** FCM keeps a message for a device that is offline four weeks at most. */
const MAX_TTL_SECONDS = 2_419_200;

/** TTL in whole seconds, within what FCM takes; undefined leaves it to FCM. */
export function ttlSecondsOf({ ttlSeconds }: PushContent): number | undefined {
  if (ttlSeconds === undefined) return undefined;
  return Math.min(Math.max(0, Math.floor(ttlSeconds)), MAX_TTL_SECONDS);
}

/** Whether there is anything to see; a push without is for the app alone. */
export function isShown({ title, body, image }: PushContent): boolean {
  return (title ?? body ?? image) !== undefined;
}

/** The app's data, with the link for apps that open it themselves. */
export function dataOf({ data, link }: PushContent): Record<string, string> | undefined {
  if (link !== undefined && !('link' in data)) return { ...data, link };
  for (const _ in data) return data;
  return undefined;
}

/** The link a browser opens by itself. FCM refuses any that is not https; those stay in the data alone. */
export function webLinkOf({ link }: PushContent): string | undefined {
  return link !== undefined && /^https:\/\/[^/]/i.test(link) && URL.canParse(link)
    ? link
    : undefined;
}

/** https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns */
export function apnsHeadersOf(content: PushContent, nowMs: number): Record<string, string> {
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
export function webpushHeadersOf(content: PushContent): Record<string, string> {
  const headers: Record<string, string> = { Urgency: content.priority };
  const ttl = ttlSecondsOf(content);
  if (ttl !== undefined) headers.TTL = String(ttl);
  return headers;
}
