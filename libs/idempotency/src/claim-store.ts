/** What is kept of a device that is done with, by its token's fingerprint. Any JSON value; null where it was over 64 KiB. */
export type DeviceRecords = ReadonlyMap<string, unknown>;

/** The right to work on one request, held by one worker, renewed while the work goes on. */
export interface Claim {
  readonly requestId: string;
  /** What earlier holders of the claim have recorded. */
  readonly devices: DeviceRecords;
  /** True where an earlier holder let its lease run out. */
  readonly takenOver: boolean;
  /**
   * How often that has happened to this request, whoever took it over, decided or not: each time its worker may have
   * crashed.
   */
  readonly takeOvers: number;
  /**
   * Records one device as done with, so that a resumed request leaves it out. A record that could not be written
   * is kept and goes with the next write of this claim. Calls at the same time share their writes, and their failures.
   * @throws {ClaimLostError} when another worker holds the claim now
   * @throws {ClaimStoreUnavailableError} when the store cannot be reached
   * @throws {ClaimUnusableError} when the store works, and what it holds under this request is no claim
   * @throws {DependencyDownError} while the store's breaker is open
   */
  recordDevice(fingerprint: string, record: unknown): Promise<void>;
  /**
   * Records how the request ends while something still has to follow from that end, such as a dead letter; the claim
   * goes on. Whoever claims it after this holder, or after its lease, is answered `decided` and has to see to the rest;
   * the result is kept as by `finish`, which comes last. Throws as `recordDevice`.
   */
  decide(result: unknown): Promise<void>;
  /**
   * Ends the request: from now on a claim of it answers `done` with this result, or with null where the result has
   * more than 524,288 characters as JSON. Throws as `recordDevice`.
   */
  finish(result: unknown): Promise<void>;
  /**
   * Gives the claim back unfinished, device records kept, and its end where that is decided. Throws as `recordDevice`, save that a lost claim is
   * nothing to give back; it is given back as soon as the store can be reached again. Call it whenever the work ends without `finish`.
   */
  release(): Promise<void>;
}

export type ClaimAnswer =
  | { state: 'claimed'; claim: Claim }
  /** An earlier holder has decided how it ends, and may not have done what follows from that. Null as for `done`. */
  | { state: 'decided'; result: unknown; claim: Claim }
  /**
   * Finished within the time it is remembered. The result is null where it was too long to keep, or nothing, or not
   * readable any more: whoever reads it has to do without it then.
   */
  | { state: 'done'; result: unknown }
  /** Another worker is on it; its lease has this long to run. */
  | { state: 'held'; remainingMs: number };

/** What is known of a request, to somebody who only looks. */
export type ClaimView = { state: 'unknown' } | KnownClaim;

/** A claim as it was when it was looked at. */
export type KnownClaim =
  /** A worker is on it; its lease has this long to run. */
  (
    | ({ state: 'held'; remainingMs: number } & Unfinished)
    /** Nobody is on it just now: given back, or the lease ran out. */
    | ({ state: 'open' } & Unfinished)
    /** The result as {@link ClaimAnswer} has it. */
    | { state: 'done'; result: unknown }
  ) & {
    /** Another one as soon as a worker has moved on. */
    version: string;
  };

/** A request that has not come to its end. */
export interface Unfinished {
  takeOvers: number;
  devices: DeviceRecords;
  /** How it is going to end; undefined while that is open. */
  decided?: unknown;
}

/** Who works on which request, and what has become of each: the "once only" of this service. */
export abstract class ClaimStore {
  /**
   * @throws {ClaimStoreUnavailableError} when the store cannot be reached: never "not seen before"
   * @throws {ClaimUnusableError} when the store works, and what it holds under this request is no claim
   * @throws {DependencyDownError} while the store's breaker is open
   */
  abstract claim(requestId: string): Promise<ClaimAnswer>;
  /** Looks, and changes nothing. Throws as `claim`. */
  abstract peek(requestId: string): Promise<ClaimView>;
  /**
   * Forgets a request, so that it can be sent again. Throws as `claim`.
   * @param version of the view on which that was decided: what a worker has taken or ended since is left alone.
   * @default whatever it is now
   * @returns whether anything was forgotten
   */
  abstract forget(requestId: string, version?: string): Promise<boolean>;
}
