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

/** The process is to end, and this request was not begun any more: its message goes back. */
export class StoppingError extends Error {
  readonly code = 'STOPPING';
  readonly retryable = true;

  constructor() {
    super('The process is to end; nothing is begun any more');
    this.name = 'StoppingError';
  }
}
