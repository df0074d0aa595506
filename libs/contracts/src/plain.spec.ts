import { pick, randomOf } from '../../../test/chaos/world/random';
import { notificationRequestSchema } from './notification.schema';
import { plainRequest } from './plain-request';
import { plainUser } from './plain-user';
import { userSchema } from './recipient.schema';

type Random = () => number;

const ROUNDS = 5000;

// prettier-ignore
const SCALARS = [
  null, true, false, 0, -0, 1, -1, 2.5, 7, 10, 11, 500, 2_419_200, 2_419_201, 1e12, 1e12 - 1, 1.8e12,
  2 ** 53, 2 ** 53 + 2, 1e300, '', ' ', 'a', ' a ', 'push', 'PUSH', 'Push ', 'high', '7', 'null',
  '2030-01-01T00:00:00Z', 'tomorrow', 'a b', 'a\u0000', 'a\r\nb', '\u007f', '\u009b', 'é', '🚀',
  '\ud800', 'a\udc00b', '\ufeff', 'x'.repeat(35), 'x'.repeat(36), 'x'.repeat(256), 'x'.repeat(257),
  'x'.repeat(4096), 'x'.repeat(4097), '🚀'.repeat(2048), '🚀'.repeat(2049), 'x'.repeat(16_384),
  'x'.repeat(16_385), 'ios', 'iOS', 'android', 'web', 'windows', 'en-US',
];
const LISTS = [[], ['a'], ['a', 'a', 'b'], [' a'], [''], [null], [1], [['a']], ['x'.repeat(4097)]];
const OBJECTS = ['{}', '{"a":1}', '{"a":null,"b":{"c":[1]}}', '{"toString":1,"constructor":{}}'];
const HOSTILE = ['{"__proto__":{"priority":9}}', '{"a":1,"__proto__":null}'];
const ANY = [
  ...SCALARS.map((value) => JSON.stringify(value)),
  ...LISTS.map((value) => JSON.stringify(value)),
  JSON.stringify(Array(500).fill('t')),
  JSON.stringify(Array(501).fill('t')),
  ...OBJECTS,
  ...HOSTILE,
  '-0',
  '1e400',
  '-1e400',
];
const KNOWN = Object.keys(notificationRequestSchema.shape);
const UNKNOWN = ['x', 'toString', 'constructor', 'hasOwnProperty', '__proto__', ''];

/** What a field may well hold, so that many of a kind make a plain whole. */
const LIKELY: Record<string, readonly string[]> = {
  notification_type: ['"push"'],
  data: OBJECTS,
  variables: OBJECTS,
  metadata: OBJECTS,
  priority: ['0', '2', '10'],
  expires_at: ['1800000000000', '1e12'],
  ttl_seconds: ['0', '60', '2419200'],
  recipient: ['["a"]', '[]'],
  push_token: ['["a","b"]'],
  push_tokens: ['["a","a"]'],
  device_token: ['["a"]'],
  device_tokens: ['["x:y-z_"]'],
  to: ['["a"]'],
};

describe('what is read without its schema', () => {
  it('is of a request what the schema makes of it, whatever else comes', () => {
    const random = randomOf(1);
    const plain = held(plainRequest, notificationRequestSchema, () => requestText(random));
    expect(plain).toBeGreaterThan(ROUNDS / 10);
    expect(plain).toBeLessThan(ROUNDS * 0.9);
  });

  it('is of a user what the schema makes of it, whatever else comes', () => {
    const random = randomOf(2);
    const plain = held(plainUser, userSchema, () => userText(random));
    expect(plain).toBeGreaterThan(ROUNDS / 10);
    expect(plain).toBeLessThan(ROUNDS * 0.9);
  });

  it.each(ANY)('is, of %.40s alone, a request or a user only where the schema says so', (text) => {
    held(plainRequest, notificationRequestSchema, () => text, 1);
    held(plainUser, userSchema, () => text, 1);
  });

  it.each(KNOWN)('is the same for every value that %s can have', (field) => {
    for (const value of ANY) {
      held(plainRequest, notificationRequestSchema, () => `{"${field}":${value}}`, 1);
    }
  });

  it.each([
    '{"push_token":?}',
    '{"push_tokens":?}',
    '{"push_tokens":["a",?]}',
    '{"devices":?}',
    '{"devices":[?]}',
    '{"devices":[{"token":?}]}',
    '{"devices":[{"token":"t","platform":?}]}',
    '{"devices":[{"token":"t","locale":?}]}',
    '{"preferences":?}',
    '{"preferences":{"push":?}}',
  ])('is the same for every value in %s', (user) => {
    for (const value of ANY) held(plainUser, userSchema, () => user.replace('?', () => value), 1);
  });

  it('is a request as services send it, and a user as services answer', () => {
    const request = { request_id: 'r-1', user_id: 'u', template_code: 'Hi {{é}}', variables: {} };
    expect(plainRequest(request)).toEqual({ ...request, priority: 2 });
    const user = { devices: [{ token: 't', platform: 'ios' }], preferences: { push: true } };
    expect(plainUser(user)).toBe(user);
  });
});

interface Schema {
  safeParse(value: unknown): { success: boolean; data?: unknown };
}

/** @returns how many were read without the schema */
function held(
  read: (value: unknown) => unknown,
  schema: Schema,
  text: () => string,
  rounds = ROUNDS,
): number {
  let plain = 0;
  for (let round = 0; round < rounds; round += 1) {
    const json = text();
    const found = read(JSON.parse(json));
    if (found === undefined) continue;
    plain += 1;
    const expected = schema.safeParse(JSON.parse(json));
    if (!expected.success) throw new Error(`The schema refuses ${json.slice(0, 200)}`);
    expect(found).toEqual(expected.data);
  }
  return plain;
}

function requestText(random: Random): string {
  const fields: string[] = [];
  for (const field of KNOWN) {
    if (random() < 0.6) continue;
    const likely = LIKELY[field] ?? ['"abc"', '"a-1_2"', '"x:/{}~!"'];
    fields.push(`"${field}":${pick(random, random() < 0.9 ? likely : ANY)}`);
  }
  return objectText(random, fields);
}

function userText(random: Random): string {
  const token = () => pick(random, random() < 0.95 ? ['"t"', '"a:b-c_d"'] : ANY);
  const list = (item: () => string) =>
    random() < 0.95
      ? `[${Array.from({ length: Math.floor(random() * 4) }, item).join()}]`
      : pick(random, ANY);
  const device = () =>
    objectText(random, [
      ...pickFrom(random, 0.98, () => `"token":${token()}`),
      ...pickFrom(
        random,
        0.6,
        () => `"platform":${pick(random, random() < 0.9 ? ['"ios"', '"web"'] : ANY)}`,
      ),
      ...pickFrom(
        random,
        0.6,
        () => `"locale":${pick(random, random() < 0.9 ? ['"de"', 'null'] : ANY)}`,
      ),
    ]);
  const preferences = () =>
    objectText(random, [
      `"push":${pick(random, random() < 0.9 ? ['true', 'false', 'null'] : ANY)}`,
    ]);
  return objectText(random, [
    ...pickFrom(random, 0.5, () => `"push_token":${token()}`),
    ...pickFrom(random, 0.5, () => `"push_tokens":${list(token)}`),
    ...pickFrom(random, 0.5, () => `"devices":${list(device)}`),
    ...pickFrom(
      random,
      0.5,
      () => `"preferences":${random() < 0.95 ? preferences() : pick(random, ANY)}`,
    ),
  ]);
}

/** One of these, in so many cases; none otherwise. */
function pickFrom<T>(random: Random, share: number, make: () => T): T[] {
  return random() < share ? [make()] : [];
}

/** An object with these fields, in any order, and sometimes with others. */
function objectText(random: Random, fields: string[]): string {
  const others = pickFrom(random, 0.1, () => `"${pick(random, UNKNOWN)}":${pick(random, ANY)}`);
  const shuffled = [...fields, ...others].sort(() => random() - 0.5);
  return `{${shuffled.join()}}`;
}
