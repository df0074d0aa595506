/** What goes wrong with claims. */
export abstract class IdempotencyError extends Error {
  abstract readonly code: string;
  /** Whether the same work may succeed later. */
  abstract readonly retryable: boolean;
}

/** The store cannot be used. Wait for it: a request it cannot answer for is not "not seen before". */
export class ClaimStoreUnavailableError extends IdempotencyError {
  readonly code = 'CLAIM_STORE_UNAVAILABLE';
  readonly retryable = true;

  constructor(reason: string, options?: ErrorOptions) {
    super(`Claims cannot be read or written. ${reason}`, options);
    this.name = 'ClaimStoreUnavailableError';
  }
}

/** The store works, but its value for this request is not a claim. Only a person can repair it, or `forget`. */
export class ClaimUnusableError extends IdempotencyError {
  readonly code = 'CLAIM_UNUSABLE';
  readonly retryable = false;

  constructor(requestId: string, key: string, reason: string, options?: ErrorOptions) {
    super(
      `The claim on request ${requestId} cannot be used: ${reason}. Check the key ${key} in Redis, or delete it`,
      options,
    );
    this.name = 'ClaimUnusableError';
  }
}

/** Another worker holds the claim, or it was released. Stop working on the request. */
export class ClaimLostError extends IdempotencyError {
  readonly code = 'CLAIM_LOST';
  readonly retryable = false;

  constructor(readonly requestId: string) {
    super(
      `The claim on request ${requestId} is no longer held by this worker; its holder goes on with it`,
    );
    this.name = 'ClaimLostError';
  }
}
