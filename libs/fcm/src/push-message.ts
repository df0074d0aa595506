import type { Platform } from '@push/contracts';

/** What a person is to see, and how it is to reach them; the same for all devices of one notification. */
export interface PushContent {
  title?: string;
  body?: string;
  /** URL of a picture. */
  image?: string;
  /** URL that a tap opens. */
  link?: string;
  /** For the app; every value is text. */
  data: Readonly<Record<string, string>>;
  priority: 'normal' | 'high';
  /** Same tag, same place on the screen: a push sent twice replaces itself. At most 64 bytes. */
  tag: string;
  /** How long FCM may keep it for a device that is offline. FCM's default (four weeks) when absent. */
  ttlSeconds?: number;
}

/** One push for one device, in no vendor's words. */
export interface PushMessage {
  token: string;
  platform?: Platform;
  content: PushContent;
}
