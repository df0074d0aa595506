import { admin, READING_KEY, startAdminStack } from '../../support/admin';
import { lint, operationsOf, type Operation } from '../../support/openapi';
import type { Json, Stack } from '../../support/stack';

const PREFIX = '/api/v1/admin';

describe('every operation of the admin API', () => {
  let stack: Stack;
  let document: Json;
  let operations: Operation[];

  beforeAll(async () => {
    stack = await startAdminStack();
    const answer = await fetch(`${stack.pushUrls[0] ?? ''}/api/docs-json`);
    document = (await answer.json()) as Json;
    operations = operationsOf(document, PREFIX);
  });
  afterAll(() => stack.close());

  const call = ({ method, path, body }: Operation, key?: string | null) =>
    admin(stack, path.slice(PREFIX.length), { method, body, key });

  it('has a description in which a public linter finds no error', () => {
    expect(lint(document).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('belongs to a group with a description', () => {
    const groups = (document['tags'] as Json[]).map(({ name }) => name as string);
    const used = Object.values(document['paths'] as Record<string, Json>)
      .flatMap((methods) => Object.values(methods) as Json[])
      .flatMap((operation) => operation['tags'] as string[]);
    expect(new Set(used)).toEqual(new Set(groups));
  });

  it('has a unique id, and an example of each response', () => {
    expect(operations.length).toBeGreaterThan(0);
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    const paths = Object.entries(document['paths'] as Record<string, Json>);
    for (const [, methods] of paths.filter(([path]) => path.startsWith(PREFIX))) {
      for (const operation of Object.values(methods) as Json[]) {
        for (const response of Object.values(operation['responses'] as Json) as Json[]) {
          expect(response['content']?.['application/json']?.example).toBeDefined();
        }
      }
    }
  });

  it('requires a key', async () => {
    for (const operation of operations) {
      const { status, body } = await call(operation, null);
      expect([operation.id, status]).toEqual([operation.id, 401]);
      expect(body).toMatchObject({ success: false, data: null, error: 'unauthorized', meta: null });
    }
  });

  it('refuses a wrong key', async () => {
    const guesses = operations.slice(0, 15); // after more from one address all keys are refused
    for (const operation of guesses) {
      const { status } = await call(operation, 'not-the-key-of-anybody');
      expect([operation.id, status]).toEqual([operation.id, 401]);
    }
  });

  it('refuses changes with a read-only key', async () => {
    for (const operation of operations.filter(({ method }) => method !== 'GET')) {
      const { status, body } = await call(operation, READING_KEY);
      expect([operation.id, status, body['error']]).toEqual([operation.id, 403, 'read_only_key']);
    }
  });

  it('answers a valid key as described, in the envelope', async () => {
    for (const operation of operations) {
      const { status, body } = await call(operation);
      expect([operation.id, operation.statuses.includes(status), status]).toEqual([
        operation.id,
        true,
        status,
      ]);
      expect(status).toBeLessThan(500);
      expect(Object.keys(body).sort()).toEqual(['data', 'error', 'message', 'meta', 'success']);
    }
  });
});
