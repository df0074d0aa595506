/** What kind of device stands behind a token. */
export type Platform = 'android' | 'ios' | 'web';

export const PLATFORMS = ['android', 'ios', 'web'] as const;

/** Tokens say what they are by their prefix; anything without one is an Android device. */
export function platformOf(token: string): Platform {
  if (token.startsWith('ios-')) return 'ios';
  if (token.startsWith('web-')) return 'web';
  return 'android';
}
