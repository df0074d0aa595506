import { randomBytes } from 'node:crypto';

/** A message that nobody should have sent. */
export interface Poison {
  name: string;
  /** The n-th copy of it, as it is published. */
  body: (n: number) => Buffer;
  /** Codes its dead letter may have; none where it is delivered all the same. */
  codes: readonly string[];
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const tokenOf = (n: number): string => `android-poison-${n}`;
const sound = (name: string, n: number): Record<string, unknown> => ({
  request_id: `poison-${name}-${n}`,
  push_token: tokenOf(n),
  template_code: 'Sound after all',
});
const INVALID = ['invalid_message'] as const;

/** Every kind of it. */
export const poisons: readonly Poison[] = [
  { name: 'random bytes', body: () => randomBytes(200), codes: INVALID },
  { name: 'nothing', body: () => Buffer.alloc(0), codes: INVALID },
  { name: 'half a JSON', body: () => Buffer.from('{"request_id":"half'), codes: INVALID },
  { name: 'null', body: () => json(null), codes: INVALID },
  { name: 'a number', body: () => json(42), codes: INVALID },
  { name: 'an array', body: () => json([{ request_id: 'in-an-array' }]), codes: INVALID },
  { name: 'an object of another kind', body: () => json({ hello: 'world' }), codes: INVALID },
  {
    name: 'a body of 1 MB',
    body: (n) => json({ ...sound('large', n), data: { text: 'x'.repeat(1024 * 1024) } }),
    codes: INVALID,
  },
  {
    name: 'deep nesting',
    body: () => Buffer.from(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`),
    codes: INVALID,
  },
  {
    name: 'wrong types',
    body: (n) => json({ request_id: { n }, user_id: ['u'], template_code: 7, variables: 'none' }),
    codes: INVALID,
  },
  {
    name: 'control characters in an id',
    body: (n) => json({ ...sound('control', n), request_id: `a\u0000b\r\nc\u001b${n}` }),
    codes: INVALID,
  },
  {
    name: 'a user id that leads elsewhere',
    body: (n) => json({ request_id: `poison-path-${n}`, user_id: '../admin', body: 'x' }),
    codes: ['user_not_found'],
  },
  {
    name: 'a user id with an encoded slash',
    body: (n) => json({ request_id: `poison-slash-${n}`, user_id: '..%2fadmin', body: 'x' }),
    codes: ['user_not_found'],
  },
  {
    name: 'a template with thousands of placeholders',
    body: (n) =>
      json({ ...sound('holes', n), template_code: '{{a}}'.repeat(3000), variables: { a: 'xyz' } }),
    codes: ['template_invalid', 'invalid_message', 'INVALID_ARGUMENT'],
  },
  {
    name: 'loops inside loops',
    body: (n) =>
      json({
        ...sound('loops', n),
        template_code: '{{#a}}{{#a}}{{#a}}x{{/a}}{{/a}}{{/a}}',
        variables: { a: Array.from({ length: 500 }, () => 1) },
      }),
    codes: ['template_invalid'],
  },
  {
    name: 'keys of the prototype',
    body: (n) =>
      Buffer.from(
        JSON.stringify(sound('proto', n)).replace(
          '{',
          '{"__proto__":{"user_id":"person-1","template_code":"polluted"},"constructor":{"prototype":{"push":1}},',
        ),
      ),
    codes: [],
  },
  {
    name: 'every script there is',
    body: (n) => json({ ...sound('script', n), template_code: 'Zażółć 通知 إشعار 🔔\u202e abc' }),
    codes: [],
  },
];
