import { request } from 'undici';

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

/** Makes them known to the user service. */
export async function registerPeople(
  url: string,
  known: ReadonlyMap<string, readonly Device[]>,
): Promise<void> {
  const users: [id: string, user: object][] = [...known].map(([id, devices]) => [id, { devices }]);
  users.push([OPTED_OUT, { devices: [{ token: 'android-out' }], preferences: { push: false } }]);
  await Promise.all(users.map(([id, user]) => put(`${url}/api/v1/users/${id}`, user)));
}

async function put(url: string, body: object): Promise<void> {
  const { statusCode, body: answer } = await request(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (statusCode >= 300) throw new Error(`PUT ${url}: ${text}`);
}
