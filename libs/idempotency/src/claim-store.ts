/** The records of devices that are done, by the fingerprint of their token. Any JSON value; null where it was over 64 KiB. */
export type DeviceRecords = ReadonlyMap<string, unknown>;

/** The right to work on one request, held by one worker and renewed while it works. */
export interface Claim {
  readonly requestId: string;
  /** The records of earlier holders. */
  readonly devices: DeviceRecords;
  /** True where an earlier holder let its lease run out. */
  readonly takenOver: boolean;
  /** How often a lease of this request ran out and another worker took over: each time a worker may have crashed. */
  readonly takeOvers: number;
  /**
   * Records one device as done, so that whoever resumes the request leaves it out. A record that could not be written
   * is kept and written with the next write of this claim. Concurrent calls share their writes, and their failures.
   * @throws {ClaimLostError} where another worker holds the claim now
   * @throws {ClaimStoreUnavailableError} where the store cannot be reached
   * @throws {ClaimUnusableError} where the store works, and its value for this request is not a claim
   * @throws {DependencyDownError} while the store's breaker is open
   */
  recordDevice(fingerprint: string, record: unknown): Promise<void>;
  /**
   * Records the final result while something still has to follow from it, such as a dead letter; the claim goes on.
   * Whoever claims the request after this holder gets `decided` and has to complete the rest; `finish` comes last.
   * Throws as `recordDevice`.
   */
  decide(result: unknown): Promise<void>;
  /**
   * Ends the request: from now on a claim of it answers `done` with this result, or with null where the result has
   * more than 524,288 characters as JSON. Throws as `recordDevice`.
   */
  finish(result: unknown): Promise<void>;
  /**
   * Releases the claim unfinished, with its device records, and its result where that is decided. A claim that is lost
   * needs no release; else throws as `recordDevice`, and is released as soon as the store can be reached. Call it
   * whenever the work ends without `finish`.
   */
  release(): Promise<void>;
}

export type ClaimAnswer =
  | { state: 'claimed'; claim: Claim }
  /** An earlier holder has decided the result, and may not have completed what follows from it. Null as for `done`. */
  | { state: 'decided'; result: unknown; claim: Claim }
  /** Finished, and still remembered. The result is null where it was too long to keep, nothing, or is unreadable. */
  | { state: 'done'; result: unknown }
  /** Another worker holds it; its lease runs out in this time. */
  | { state: 'held'; remainingMs: number };

/** What is known of a request, for readers. */
export type ClaimView = { state: 'unknown' } | KnownClaim;

/** A claim at the time it was read. */
export type KnownClaim =
  /** A worker holds it; its lease runs out in this time. */
  (
    | ({ state: 'held'; remainingMs: number } & Unfinished)
    /** No worker holds it: released, or the lease ran out. */
    | ({ state: 'open' } & Unfinished)
    /** The result as in {@link ClaimAnswer}. */
    | { state: 'done'; result: unknown }
  ) & {
    /** Changes with every step of a worker. */
    version: string;
  };

/** A request without a final result. */
export interface Unfinished {
  takeOvers: number;
  devices: DeviceRecords;
  /** The decided result; undefined before. */
  decided?: unknown;
}

/** Which worker holds which request, and the result of each: the "once only" of this service. */
export abstract class ClaimStore {
  /**
   * @throws {ClaimStoreUnavailableError} where the store cannot be reached: never "not seen before"
   * @throws {ClaimUnusableError} where the store works, and its value for this request is not a claim
   * @throws {DependencyDownError} while the store's breaker is open
   */
  abstract claim(requestId: string): Promise<ClaimAnswer>;
  /** Reads, and changes nothing. Throws as `claim`. */
  abstract peek(requestId: string): Promise<ClaimView>;
  /**
   * Forgets a request, so that it can be sent again. Throws as `claim`.
   * @param version of the view that this was decided on: what a worker has claimed or finished since is left alone.
   * @default whatever it is now
   * @returns whether anything was forgotten
   */
  abstract forget(requestId: string, version?: string): Promise<boolean>;
}

/** Longest JSON kept for one device, in characters. */
const MAX_RECORD_LENGTH = 65_536;
/** Longest JSON kept for one result, in characters: that of 500 devices has about 100,000. */
const MAX_RESULT_LENGTH = 524_288;

/** The record of one device as JSON. */
export function encodeRecord(record: unknown): string {
  return encode(record, MAX_RECORD_LENGTH);
}

/** A result as JSON. */
export function encodeResult(result: unknown): string {
  return encode(result, MAX_RESULT_LENGTH);
}

/** The value of stored JSON; null where somebody else wrote something that is not JSON. */
export function decode(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

export function decodeRecords(records: Iterable<readonly [string, string]>): DeviceRecords {
  const decoded = new Map<string, unknown>();
  for (const [fingerprint, json] of records) decoded.set(fingerprint, decode(json));
  return decoded;
}

/** Null where it is too long: *that* something is done matters more than its details. */
function encode(value: unknown, maxLength: number): string {
  const json = JSON.stringify(value) as string | undefined;
  return json === undefined || json.length > maxLength ? 'null' : json;
}
