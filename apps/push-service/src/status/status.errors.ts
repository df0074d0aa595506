/** The gateway did not take a status now. It is tried again until it does. */
export class StatusNotTakenError extends Error {
  readonly code = 'STATUS_NOT_TAKEN';
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StatusNotTakenError';
  }
}

/** The gateway will never take this status. It is kept in the dead-letter queue. */
export class StatusRefusedError extends Error {
  readonly code = 'STATUS_REFUSED';
  readonly retryable = false;

  constructor(readonly httpStatus: number) {
    super(
      `The gateway refused the status with HTTP ${httpStatus}; compare its contract with STATUS_CALLBACK_URL`,
    );
    this.name = 'StatusRefusedError';
  }
}
