import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Json } from './stack';

/** A problem that the linter found. */
export interface Problem {
  severity: 'error' | 'warn';
  ruleId: string;
  message: string;
  at?: string;
}

/** Lints a document with Redocly's recommended rules. */
export function lint(document: Json): Problem[] {
  const linter = join(__dirname, 'lint-openapi.mjs');
  const found = execFileSync(process.execPath, [linter], { input: JSON.stringify(document) });
  return JSON.parse(found.toString()) as Problem[];
}

/** One operation of an OpenAPI document, as a request that can be sent. */
export interface Operation {
  id: string;
  method: string;
  /** With the examples of its parameters filled in. */
  path: string;
  body?: unknown;
  /** Statuses of the described answers. */
  statuses: number[];
}

/** Every operation below a path, filled in with the examples of its description. @throws where an example is missing */
export function operationsOf(document: Json, below: string): Operation[] {
  const paths = document['paths'] as Record<string, Record<string, Json>>;
  return Object.entries(paths)
    .filter(([path]) => path.startsWith(below))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => describeOne(path, method, operation)),
    );
}

function describeOne(path: string, method: string, operation: Json): Operation {
  const parameters = (operation['parameters'] ?? []) as Json[];
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((one) => one['name'] === name && one['in'] === 'path');
    return encodeURIComponent(String(exampleOf(parameter, `${method} ${path}: {${name}}`)));
  });
  const content = operation['requestBody']?.content?.['application/json'] as Json | undefined;
  return {
    id: String(operation['operationId']),
    method: method.toUpperCase(),
    path: `${filled}${queryOf(parameters, `${method} ${path}`)}`,
    body: content && exampleOf(content, `the body of ${method} ${path}`),
    statuses: Object.keys(operation['responses'] as Json).map(Number),
  };
}

/** The required query parameters. */
function queryOf(parameters: readonly Json[], operation: string): string {
  const query = parameters
    .filter((one) => one['in'] === 'query' && one['required'] === true)
    .map((one): [string, string] => {
      const name = String(one['name']);
      return [name, String(exampleOf(one, `${operation}?${name}`))];
    });
  return query.length === 0 ? '' : `?${new URLSearchParams(query).toString()}`;
}

function exampleOf(described: Json | undefined, what: string): unknown {
  const example: unknown = described?.['example'] ?? described?.['schema']?.example;
  if (example === undefined) throw new Error(`The description has no example of ${what}`);
  return example;
}
