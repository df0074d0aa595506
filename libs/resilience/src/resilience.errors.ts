/** A dependency's breaker is open: no call was made. Wait for its probe to find it well again. */
export class DependencyDownError extends Error {
  readonly code = 'DEPENDENCY_DOWN';
  readonly retryable = true;

  constructor(
    readonly dependency: string,
    options?: ErrorOptions,
  ) {
    super(`${dependency} is down; its breaker is open until a probe succeeds`, options);
    this.name = 'DependencyDownError';
  }
}
