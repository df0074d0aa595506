import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNotification } from './notification';
import { notificationRequestSchema } from './notification.schema';

const FIXTURES = join(__dirname, '../../../test/fixtures/messages');
const fixture = (name: string): unknown => JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));

function accepted(body: unknown, properties = {}) {
  const parsed = parseNotification(body, properties);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.notification;
}

function refusal(body: unknown): string {
  const parsed = parseNotification(body);
  return parsed.ok ? 'accepted' : parsed.error;
}

const least = { request_id: 'r', user_id: 'u', template_code: 'Hi' };

describe('parseNotification', () => {
  it('reads the canonical request', () => {
    expect(accepted(fixture('canonical.json'))).toMatchObject({
      requestId: 'demo-req-123',
      notificationId: 'demo-req-123',
      correlationId: 'demo-req-123',
      userId: 'test-user-123',
      template: 'Welcome {{name}}!',
      variables: { name: 'John', link: 'https://example.com' },
      priority: 2,
      tokens: [],
    });
  });

  it('reads the recipient token of a message that carries one', () => {
    const notification = accepted(fixture('token-in-message.json'));
    expect(notification.tokens).toEqual(['fcm-token-abc:APA91bExample']);
    expect(notification).toMatchObject({ correlationId: 'corr-77', priority: 7, metadata: {} });
  });

  it('reads a message without notification_type as a push', () => {
    expect(accepted(fixture('without-type.json')).template).toBe('order_shipped');
  });

  it.each([
    ['low', 1],
    ['HIGH', 3],
    ['critical', 4],
    ['7', 7],
    [0, 0],
    [undefined, 2],
    [null, 2],
  ])('reads priority %p as %p', (priority, expected) => {
    expect(accepted({ ...least, priority }).priority).toBe(expected);
  });

  it.each([
    ['a rounded number', 2 ** 80],
    ['an infinite number', Infinity],
    ['a line break', 'a\r\nx-evil: 1'],
    ['a control character of eight bits', 'a\u009b31m'],
    ['half a surrogate pair', 'a\ud800'],
  ])('refuses %s as an id', (_what, request_id) => {
    expect(refusal({ ...least, request_id })).toContain('request_id should');
  });

  it('accepts a number as an id', () => {
    expect(accepted({ ...least, request_id: 42 }).requestId).toBe('42');
  });

  it('collects tokens from every field publishers use, each once', () => {
    const body = {
      ...least,
      push_token: 'a',
      device_tokens: ['b', 'a'],
      to: ['c'],
      recipient: 'b',
    };
    expect(new Set(accepted(body).tokens)).toEqual(new Set(['a', 'b', 'c']));
  });

  it('uses the correlation id of the message properties where the body has none', () => {
    expect(accepted(least, { correlationId: 'c-1' }).correlationId).toBe('c-1');
    expect(
      accepted({ ...least, correlation_id: 'c-2' }, { correlationId: 'c-1' }).correlationId,
    ).toBe('c-2');
  });

  it('converts expires_at and ttl_seconds to one instant', () => {
    expect(accepted({ ...least, expires_at: '2030-01-01T00:00:00Z' }).expiresAt).toBe(
      1893456000000,
    );
    expect(accepted({ ...least, ttl_seconds: 60 }, { publishedAt: 1000 }).expiresAt).toBe(61_000);
  });

  it.each([
    [null, 'the message should be a JSON object'],
    ['text', 'the message should be a JSON object'],
    [[], 'the message should be a JSON object'],
    [{ ...least, request_id: undefined }, 'request_id is missing'],
    [{ ...least, user_id: undefined }, 'user_id is missing'],
    [{ ...least, template_code: ' ' }, 'template_code is missing'],
    [{ ...least, notification_type: 'email' }, 'notification_type should be "push"'],
    [{ ...least, priority: 11 }, 'priority should be 10 or less'],
    [{ ...least, priority: 'soonish' }, 'priority should be'],
    [{ ...least, variables: [] }, 'variables should be an object'],
    [{ ...least, request_id: 'a\nb' }, 'request_id should have no control characters'],
    [{ ...least, request_id: 'x'.repeat(257) }, 'request_id should be at most 256 characters'],
    [{ ...least, expires_at: 'tomorrow' }, 'expires_at should be an ISO 8601 date'],
  ])('refuses %j with a sentence', (body, error) => {
    expect(refusal(body)).toContain(error);
  });

  it('treats a field set to null as absent', () => {
    const names = Object.keys(notificationRequestSchema.shape);
    const nulls = Object.fromEntries(names.map((name) => [name, null]));
    expect(accepted({ ...nulls, ...least })).toEqual(accepted(least));
  });

  it('returns the ids of a refused request where they are readable', () => {
    expect(parseNotification({ ...least, priority: 99 })).toMatchObject({
      ok: false,
      requestId: 'r',
      notificationId: 'r',
      userId: 'u',
    });
  });

  it('does not let a __proto__ key change the prototype', () => {
    const body: unknown = JSON.parse(
      '{"request_id":"r","user_id":"u","template_code":"t","__proto__":{"priority":9}}',
    );
    expect(accepted(body).priority).toBe(2);
    expect(({} as Record<string, unknown>)['priority']).toBeUndefined();
  });
});
