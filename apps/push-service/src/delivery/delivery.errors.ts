import { ClaimStoreUnavailableError } from '@push/idempotency';
import { DependencyDownError } from '@push/resilience';

/** The folder of named templates cannot be used. Correct the file it names, or TEMPLATES_DIR. */
export class TemplateFolderError extends Error {
  readonly code = 'TEMPLATE_FOLDER';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TemplateFolderError';
  }
}

/** A template's text cannot be rendered, such as one with an unclosed tag. */
export class TemplateError extends Error {
  readonly code = 'TEMPLATE_INVALID';
  readonly retryable = false;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TemplateError';
  }
}

/** The process stops, and this request was not started any more: its message is requeued. */
export class StoppingError extends Error {
  readonly code = 'STOPPING';
  readonly retryable = true;

  constructor() {
    super('The process stops; no request is started any more');
    this.name = 'StoppingError';
  }
}

/** Whether an error says that Redis could not be reached, or that its breaker is open. */
export function isRedisDown(error: unknown): boolean {
  if (error instanceof DependencyDownError) return error.dependency === 'redis';
  return error instanceof ClaimStoreUnavailableError;
}

/** Whether the same may succeed later. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}
