/** What goes wrong with claims. */
export abstract class IdempotencyError extends Error {
  abstract readonly code: string;
  /** Whether the same work may succeed later. */
  abstract readonly retryable: boolean;
}

/** The store cannot say who works on what. Wait for it: a request it cannot speak of is not "not seen before". */
export class ClaimStoreUnavailableError extends IdempotencyError {
  readonly code = 'CLAIM_STORE_UNAVAILABLE';
  readonly retryable = true;

  constructor(reason: string, options?: ErrorOptions) {
    super(`Claims cannot be read or written. ${reason}`, options);
    this.name = 'ClaimStoreUnavailableError';
  }
}

/** The store works, but what it holds under this request is no claim. Only a person can mend it, or `forget`. */
export class ClaimUnusableError extends IdempotencyError {
  readonly code = 'CLAIM_UNUSABLE';
  readonly retryable = false;

  constructor(requestId: string, key: string, reason: string, options?: ErrorOptions) {
    super(
      `The claim on request ${requestId} cannot be used: ${reason}. Look at the key ${key} in Redis, or delete it`,
      options,
    );
    this.name = 'ClaimUnusableError';
  }
}

/** Another worker holds the claim, or it was given back. Stop working on the request: it is not yours. */
export class ClaimLostError extends IdempotencyError {
  readonly code = 'CLAIM_LOST';
  readonly retryable = false;

  constructor(readonly requestId: string) {
    super(
      `The claim on request ${requestId} is no longer held here; whoever holds it goes on with it`,
    );
    this.name = 'ClaimLostError';
  }
}
