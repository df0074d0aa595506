import { z } from 'zod';
import {
  codeOfStatus,
  ERROR_CODES,
  errorAnswer,
  frontEndPage,
  type ErrorAnswer,
} from './send/fcm-errors';

const MAX_LATENCY_MS = 600_000;

const match = z.strictObject({
  token: z.string().optional(),
  project: z.string().optional(),
  validate_only: z.boolean().optional(),
});

const then = z
  .strictObject({
    /** HTTP status; alone it stands for the code that usually goes with it. */
    status: z.int().min(400).max(599).optional(),
    error_code: z.enum(ERROR_CODES).optional(),
    /** Seconds, or an HTTP date. */
    retry_after: z.union([z.number().min(0), z.string().min(1)]).optional(),
    /** Alone it delays an answer that is otherwise as usual. */
    latency_ms: z.number().min(0).max(MAX_LATENCY_MS).optional(),
    /** Cuts the HTTP/2 stream, or the HTTP/1.1 connection, without an answer. */
    reset: z.literal(true).optional(),
    /** Never answers. */
    hang: z.literal(true).optional(),
    /** Shows the push, then cuts the whole connection before the answer. */
    accept_then_reset: z.literal(true).optional(),
    /** After the answer the HTTP/2 session says GOAWAY (NO_ERROR); HTTP/1.1 closes its connection. */
    goaway: z.literal(true).optional(),
    /** The error's own text. @default Google's for the code */
    message: z.string().optional(),
    /** The field an INVALID_ARGUMENT is about, as in `message.token`. */
    field: z.string().optional(),
    /** What a QUOTA_EXCEEDED is about, as in `project:demo`. @default `project:<project>` */
    quota_subject: z.string().optional(),
  })
  .refine((value) => Object.keys(value).length > 0, {
    error: 'must say what happens',
  })
  .refine(
    ({ status, error_code, reset, hang, accept_then_reset }) =>
      [status ?? error_code, reset, hang, accept_then_reset].filter((set) => set !== undefined)
        .length <= 1,
    { error: 'an error, reset, hang and accept_then_reset exclude one another' },
  )
  .refine(
    ({ status, error_code, retry_after, message, field, quota_subject }) =>
      status !== undefined ||
      error_code !== undefined ||
      (retry_after ?? message ?? field ?? quota_subject) === undefined,
    { error: 'retry_after, message, field and quota_subject need a status or an error_code' },
  );

/** One fault: which sends it meets, how often, and what happens to them. */
const faultSchema = z.strictObject({
  /** Every field given must be equal. @default every send */
  match: match.default({}),
  /** Sends it is applied to before it is used up. @default no end */
  times: z.int().min(1).optional(),
  /** Chance that it is applied to a send it matches; otherwise the next fault is asked. @default 1 */
  probability: z.number().min(0).max(1).optional(),
  then,
});

/** The faults document: an ordered list, at most a thousand. */
export const faultsSchema = z.array(faultSchema).max(1000);

/** A fault as it is written down. */
export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
/** What a fault does. */
export type FaultAction = Fault['then'];

interface ArmedFault {
  fault: Fault;
  applied: number;
}

/** A fault with how often it was applied so far. */
export type FaultView = Fault & { applied: number };

/** The faults in force, asked in order for every send. */
export class FaultList {
  private armed: ArmedFault[] = [];

  /** @param random from 0 up to 1, for `probability` */
  constructor(private readonly random: () => number = Math.random) {}

  replace(faults: Fault[]): void {
    this.armed = faults.map((fault) => ({ fault, applied: 0 }));
  }

  view(): FaultView[] {
    return this.armed.map(({ fault, applied }) => ({ ...fault, applied }));
  }

  /** What happens to this send: the first fault that matches, is not used up and wins its toss. */
  take(token: string | null, project: string, validateOnly: boolean): FaultAction | undefined {
    for (const entry of this.armed) {
      const { match, times, probability } = entry.fault;
      if (match.token !== undefined && match.token !== token) continue;
      if (match.project !== undefined && match.project !== project) continue;
      if (match.validate_only !== undefined && match.validate_only !== validateOnly) continue;
      if (times !== undefined && entry.applied >= times) continue;
      if (probability !== undefined && this.random() >= probability) continue;
      entry.applied += 1;
      return entry.fault.then;
    }
    return undefined;
  }
}

/** The error a fault answers with; undefined for a fault that is none, a delay or a cut. */
export function faultAnswer(fault: FaultAction, project: string): ErrorAnswer | undefined {
  const { status, retry_after: retryAfter, message, field } = fault;
  const errorCode = fault.error_code ?? (status === undefined ? undefined : codeOfStatus(status));
  if (errorCode !== undefined) {
    const quotaSubject = fault.quota_subject ?? `project:${project}`;
    return errorAnswer(errorCode, { status, retryAfter, message, field, quotaSubject });
  }
  return status === undefined ? undefined : frontEndPage(status, retryAfter);
}
