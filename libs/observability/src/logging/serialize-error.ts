/** What is logged of an error. */
export interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: LoggedError;
}

const MAX_MESSAGE = 2000;
const MAX_STACK = 8000;
const MAX_CAUSES = 4;

/**
 * An error as fields of a log line: type, message, code, stack, and its causes without their stacks. Other properties of
 * an error stay out of the log: vendors hang whole requests on theirs, credentials included.
 */
export function serializeError(error: unknown): unknown {
  return error instanceof Error || looksLikeError(error) ? describe(error, 0) : error;
}

function describe(error: Error, depth: number): LoggedError {
  const code: unknown = 'code' in error ? error.code : undefined;
  const cause = depth < MAX_CAUSES && looksLikeError(error.cause) ? error.cause : undefined;
  return {
    type: typeName(error),
    message: error.message.slice(0, MAX_MESSAGE),
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    stack: depth === 0 ? error.stack?.slice(0, MAX_STACK) : undefined,
    cause: cause && describe(cause, depth + 1),
  };
}

/** The class says more than `name`, which most subclasses leave at `Error`. */
function typeName(error: Error): string {
  const className = (error.constructor as { name?: string } | undefined)?.name;
  return error.name === 'Error' && className && className !== 'Object' ? className : error.name;
}

/** Errors of another realm (a worker, a test runner) are no instances of this one's Error. */
function looksLikeError(value: unknown): value is Error {
  return (
    typeof value === 'object' &&
    value !== null &&
    'message' in value &&
    typeof value.message === 'string' &&
    'name' in value &&
    typeof value.name === 'string'
  );
}
