import { ADMIN_KEY, startAdminStack } from '../../support/admin';
import { lint, operationsOf, type Operation } from '../../support/openapi';
import { startStack, type Json, type Stack } from '../../support/stack';

/** Where each app of the stack answers, and how to come in there. */
const apps: [string, (stack: Stack) => string, Record<string, string>][] = [
  ['push-service', ({ pushUrls }) => pushUrls[0] ?? '', { 'x-api-key': ADMIN_KEY }],
  ['api-gateway', ({ gatewayUrl }) => gatewayUrl, { 'x-status-secret': 'a-secret-of-this-test' }],
  ['user-service', ({ userServiceUrl }) => userServiceUrl, {}],
];

describe.each(apps)('the API description of %s', (_app, urlOf, headers) => {
  let stack: Stack;
  let document: Json;
  let operations: Operation[];

  beforeAll(async () => {
    stack = await startAdminStack();
    const answer = await fetch(`${urlOf(stack)}/api/docs-json`);
    document = (await answer.json()) as Json;
    operations = operationsOf(document, '/');
  });
  afterAll(() => stack.close());

  it('has no error for a public linter', () => {
    expect(lint(document).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('has for each operation an id of its own, a summary, and an example of each answer', () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    for (const methods of Object.values(document['paths'] as Record<string, Json>)) {
      for (const operation of Object.values(methods) as Json[]) {
        expect(operation['summary']).toEqual(expect.any(String));
        for (const [status, response] of Object.entries(operation['responses'] as Json)) {
          const { content } = response as Json;
          expect([
            operation['operationId'],
            status,
            content?.['application/json']?.example,
          ]).toEqual([operation['operationId'], status, expect.anything()]);
        }
      }
    }
  });

  it('tells the truth: each operation, called with its examples, answers as described', async () => {
    expect(operations.length).toBeGreaterThan(3);
    for (const { id, method, path, body, statuses } of operations) {
      const answer = await fetch(urlOf(stack) + path, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      await answer.json();
      expect([id, answer.status, statuses.includes(answer.status)]).toEqual([
        id,
        answer.status,
        true,
      ]);
      expect(answer.status).toBeLessThan(500);
    }
  });
});

describe('in production', () => {
  it('no app shows its description to anybody', async () => {
    const stack = await startStack({ commonEnv: { NODE_ENV: 'production' } });
    for (const url of [stack.pushUrls[0] ?? '', stack.gatewayUrl, stack.userServiceUrl]) {
      for (const path of ['/api/docs', '/api/docs-json']) {
        const answer = await fetch(url + path);
        expect([path, answer.status]).toEqual([path, 404]);
        expect(await answer.json()).toMatchObject({ success: false, error: 'not_found' });
      }
    }
    await stack.close();
  });
});
