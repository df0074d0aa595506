import type { DeviceResult } from '@push/contracts';
import type { FailureClass, SendRefused } from '@push/fcm';
import type { DeviceReport } from './devices';
import type { Delivered, Exhausted, Interrupted, Rejected } from './outcome';
import type { SendReport } from './sender';

/** Failures that may pass; where only these stand in the way, a request is exhausted, not rejected. */
const PASSING = new Set<FailureClass>(['transient', 'rate', 'target-rate']);

/** At least one device has to wait. */
export interface Waiting {
  kind: 'waiting';
  delayMs: number;
  /** Tries of such a device that count against RETRY_MAX_TRIES; the most. */
  tries: number;
  /** Whether any waits for quota, which no number of tries puts an end to. */
  forQuota: boolean;
}

export type Verdict = Delivered | Rejected | Exhausted | Interrupted | Waiting;

/**
 * What all devices of one notification amount to. What can still change comes first: a device whose fate is open
 * keeps the request open, and the devices that are done are not sent to again.
 *
 * @param reports the sends of this time
 * @param earlier results recorded by earlier holders of the claim
 */
export function judge(reports: readonly DeviceReport[], earlier: readonly DeviceResult[]): Verdict {
  const waits: Extract<SendReport, { kind: 'wait' }>[] = [];
  for (const { report } of reports) {
    if (report.kind === 'down') return { kind: 'interrupted', cause: report.cause };
    if (report.kind === 'wait') waits.push(report);
  }
  if (waits.length > 0) {
    return {
      kind: 'waiting',
      delayMs: Math.max(...waits.map(({ delayMs }) => delayMs)),
      tries: Math.max(...waits.map(({ countedTries }) => countedTries)),
      forQuota: waits.some(({ refusal }) => refusal.failure !== 'transient'),
    };
  }
  return judgeFinally(reports, earlier);
}

/** The same once waiting is over: a device that still has to wait has failed. */
export function judgeFinally(
  reports: readonly DeviceReport[],
  earlier: readonly DeviceResult[],
): Delivered | Rejected | Exhausted {
  const devices = [...earlier];
  let attempts = 0;
  for (const { report, result } of reports) {
    if (result) devices.push(result);
    attempts = Math.max(attempts, report.tries);
  }
  if (devices.some(({ status }) => status === 'delivered')) {
    return { kind: 'delivered', devices, attempts };
  }
  const refusals = reports.flatMap(({ report }) => ('refusal' in report ? [report.refusal] : []));
  const transient = refusals.find(({ failure }) => PASSING.has(failure));
  const telling = transient ?? refusals[0];
  const code = telling?.code ?? devices[0]?.error_code ?? 'UNKNOWN';
  const error = telling
    ? `${explain(telling)} (${telling.message})`
    : `FCM refused every device (${code})`;
  return { kind: transient ? 'exhausted' : 'rejected', code, error, devices, attempts };
}

/** What a refusal means for the people who read `failed.queue`. */
function explain({ failure, code }: SendRefused): string {
  switch (failure) {
    case 'token':
      return `${code}: the device token is no longer registered or never was; the user has to register it anew`;
    case 'sender':
      return `${code}: the device token belongs to another Firebase project`;
    case 'payload':
      return `${code}: FCM refused the message itself; correct it and send a new request`;
    case 'platform-auth':
      return `${code}: APNs or web push credentials of the Firebase project are not valid; correct them and replay`;
    case 'credentials':
      return `${code}: FCM refused this service's credentials`;
    case 'rate':
    case 'target-rate':
      return `${code}: FCM's quota is used up`;
    case 'transient':
      return `${code}: FCM was not available on any try; replay it later`;
    default:
      return failure satisfies never;
  }
}
