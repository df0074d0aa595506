/** A dependency's breaker is open: no call was made. Wait for a probe to succeed, or for the operator who holds it open. */
export class DependencyDownError extends Error {
  readonly code = 'DEPENDENCY_DOWN';
  readonly retryable = true;

  /** @param heldBy the operator who holds the breaker open, if one does */
  constructor(
    readonly dependency: string,
    heldBy?: string,
  ) {
    super(
      heldBy === undefined
        ? `${dependency} is down; its breaker is open until a probe succeeds`
        : `The breaker of ${dependency} is held open by ${heldBy}; close or reset it to go on`,
    );
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
