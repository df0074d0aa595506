/** A device of somebody. */
export interface Device {
  token: string;
  platform: 'android' | 'ios' | 'web';
}

const PEOPLE = 80;
export const OPTED_OUT = 'person-opted-out';
export const UNKNOWN = 'person-unknown';

/** The users of a run: most have one device, some two or three, one wants no push. */
export function people(): Map<string, Device[]> {
  const all = new Map<string, Device[]>();
  for (let n = 0; n < PEOPLE; n += 1) {
    const devices: Device[] = [{ token: `android-${n}`, platform: 'android' }];
    if (n % 4 === 0) devices.push({ token: `ios-${n}`, platform: 'ios' });
    if (n % 8 === 0) devices.push({ token: `web-${n}`, platform: 'web' });
    all.set(`person-${n}`, devices);
  }
  return all;
}
