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

/** A probe found its dependency still down; the cause says why. */
export class ProbeError extends Error {
  readonly code = 'PROBE_FAILED';
  readonly retryable = true;

  constructor(dependency: string, options?: ErrorOptions) {
    super(`${dependency} is still down`, options);
    this.name = 'ProbeError';
  }
}
