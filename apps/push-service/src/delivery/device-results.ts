import {
  deviceResultSchema,
  HEADERS,
  maskToken,
  tokenFingerprint,
  type Device,
  type DeviceResult,
} from '@push/contracts';
import type { FailureClass, SendRefused } from '@push/fcm';
import type { Claim } from '@push/idempotency';
import { z } from 'zod';
import type {
  Delivered,
  Exhausted,
  FinalOutcome,
  Interrupted,
  Outcome,
  RecordedOutcome,
  Rejected,
} from './outcome';

/** A device as it is recorded and reported: enough to recognise it, nothing to send to. */
export type DeviceIdentity = Pick<DeviceResult, 'device' | 'fingerprint'> & {
  platform: string | null;
};

/** To be called once per device, as the fingerprint of a token is a hash. */
export function identityOf({ token, platform }: Device): DeviceIdentity {
  return {
    device: maskToken(token),
    fingerprint: tokenFingerprint(token),
    platform: platform ?? null,
  };
}

/** The result of sending to one device, for now. Tries include those before the message was parked. */
export type SendReport =
  | { kind: 'accepted'; messageId: string; tries: number }
  /** Refused on every try there was reason for. */
  | { kind: 'refused'; refusal: SendRefused; tries: number }
  /** The next try is due after a longer wait than is worth keeping the message in memory. */
  | {
      kind: 'wait';
      delayMs: number;
      refusal: SendRefused;
      tries: number;
      /** Tries that count against RETRY_MAX_TRIES: where the quota was used up, FCM has not tried. */
      countedTries: number;
    }
  /** FCM cannot be used at all because of this dependency; nothing is known about this device. */
  | { kind: 'down'; cause: string; tries: number };

/** The device's result as it is recorded and reported; undefined where nothing is known of the device. */
export function resultOf(identity: DeviceIdentity, report: SendReport): DeviceResult | undefined {
  if (report.kind === 'down') return undefined;
  return report.kind === 'accepted'
    ? { ...identity, status: 'delivered', message_id: report.messageId, error_code: null }
    : { ...identity, status: 'failed', message_id: null, error_code: report.refusal.code };
}

/** Whether nothing more is to be tried for this device, so that a resumed request leaves it out. */
export function isFinal(report: SendReport): boolean {
  if (report.kind === 'accepted') return true;
  return report.kind === 'refused' && report.refusal.failure !== 'transient';
}

/**
 * The final results of the devices of one request, of earlier holders of its claim and of this one. A device that may
 * still get it, or for which another try may succeed, is not among them.
 */
export class DeviceResults {
  private readonly byFingerprint = new Map<string, DeviceResult>();
  /** Results that came with the message and are missing in the claim. */
  private readonly unrecorded: readonly DeviceResult[];

  /** @param carried results that came with the message because the claim could not be written */
  constructor(carried: readonly DeviceResult[] = [], claim?: Claim) {
    for (const record of claim?.devices.values() ?? []) {
      const result = deviceResultSchema.safeParse(record);
      if (result.success) this.add(result.data);
    }
    this.unrecorded = carried.filter((result) => this.add(result));
  }

  get all(): DeviceResult[] {
    return [...this.byFingerprint.values()];
  }

  has(fingerprint: string): boolean {
    return this.byFingerprint.has(fingerprint);
  }

  /** A delivery is never replaced by a failure. @returns whether the result was new */
  add(result: DeviceResult): boolean {
    const known = this.byFingerprint.get(result.fingerprint);
    if (known && (known.status === 'delivered' || result.status === 'failed')) return false;
    this.byFingerprint.set(result.fingerprint, result);
    return true;
  }

  /** Writes what only the message knew into the claim, where other copies of the request find it. Throws as the claim. */
  async recordCarried(claim: Claim): Promise<void> {
    if (this.unrecorded.length === 0) return;
    // At the same time, so that they share a write.
    await Promise.all(
      this.unrecorded.map((result) => claim.recordDevice(result.fingerprint, result)),
    );
  }

  /**
   * The outcome of the request: delivered where any device has it, whatever happened to the others.
   * @param attempts sends before this time
   */
  applyTo(outcome: Outcome, attempts: number): Outcome {
    if (!isFinalOutcome(outcome) || outcome.kind === 'delivered') return outcome;
    const devices = this.all;
    const isDelivered = devices.some(({ status }) => status === 'delivered');
    return isDelivered ? { kind: 'delivered', devices, attempts } : outcome;
  }
}

function isFinalOutcome(outcome: Outcome): outcome is FinalOutcome | RecordedOutcome {
  return !['duplicate', 'deferred', 'interrupted'].includes(outcome.kind);
}

const carriedSchema = z.array(deviceResultSchema).max(1000);

/** Headers that carry final device results with a message while Redis cannot be written. */
export function carryingHeaders(devices: readonly DeviceResult[]): Record<string, string> {
  return { [HEADERS.devices]: JSON.stringify(devices) };
}

/** Reads them; none where the header is no such list. */
export function carriedResults(header: string | undefined): DeviceResult[] {
  if (header === undefined) return [];
  try {
    return carriedSchema.parse(JSON.parse(header));
  } catch {
    return [];
  }
}

/** At least one device has to wait. */
export interface Waiting {
  kind: 'waiting';
  delayMs: number;
  /** The most tries of such a device that count against RETRY_MAX_TRIES. */
  tries: number;
  /** Whether any waits for quota, for which no number of tries is too many. */
  forQuota: boolean;
}

/** What the sends to all devices of one notification amount to. */
export interface Sends {
  /** Of this time. */
  reports: readonly { report: SendReport; result: DeviceResult | undefined }[];
  /** Results recorded by earlier holders of the claim. */
  earlier: readonly DeviceResult[];
}

/**
 * The outcome of all sends. A device that still has to wait keeps the request open; those that are final are not sent
 * to again.
 */
export function outcomeOfSends(
  sends: Sends,
): Delivered | Rejected | Exhausted | Interrupted | Waiting {
  const waits: Extract<SendReport, { kind: 'wait' }>[] = [];
  for (const { report } of sends.reports) {
    if (report.kind === 'down') return { kind: 'interrupted', cause: report.cause };
    if (report.kind === 'wait') waits.push(report);
  }
  if (waits.length === 0) return finalOutcomeOfSends(sends);
  return {
    kind: 'waiting',
    delayMs: Math.max(...waits.map(({ delayMs }) => delayMs)),
    tries: Math.max(...waits.map(({ countedTries }) => countedTries)),
    forQuota: waits.some(({ refusal }) => refusal.failure !== 'transient'),
  };
}

/** Failures that may pass; where only these remain, a request is exhausted, not rejected. */
const TRANSIENT = new Set<FailureClass>(['transient', 'rate', 'target-rate']);

/** Whether another try may succeed. */
export function isTransient(failure: FailureClass): boolean {
  return TRANSIENT.has(failure);
}

/** The outcome once waiting has ended: a device that still has to wait has failed. */
export function finalOutcomeOfSends({ reports, earlier }: Sends): Delivered | Rejected | Exhausted {
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
  const transient = refusals.find(({ failure }) => isTransient(failure));
  const decisive = transient ?? refusals[0];
  const code = decisive?.code ?? devices[0]?.error_code ?? 'UNKNOWN';
  const error = decisive
    ? `${explain(decisive)} (${decisive.message})`
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
