import type { DeviceResult } from '@push/contracts';

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

/** FCM has answered for these devices, and no claim could be told before the process had to end. */
export class UnrecordedError extends Error {
  readonly code = 'UNRECORDED';
  readonly retryable = true;

  constructor(
    readonly devices: readonly DeviceResult[],
    options: ErrorOptions,
  ) {
    super('What FCM answered could not be recorded', options);
    this.name = 'UnrecordedError';
  }
}
