import { Injectable } from '@nestjs/common';
import { deviceResultSchema, tokenFingerprint, type DeviceResult } from '@push/contracts';
import type { PushContent } from '@push/fcm';
import type { Claim } from '@push/idempotency';
import { TokenHygiene } from '../hygiene/token-hygiene';
import { UnrecordedError } from './delivery.errors';
import { deviceResult, isSettled, type DeviceReport } from './devices';
import type { Progress } from './outcome';
import type { Found } from './recipients';
import { Recorder, type RecordAnswer } from './recorder';
import { Sender } from './sender';

/** Devices of one notification that are sent to side by side. */
const AT_ONCE = 50;

/** How the devices of one notification went: now, and under earlier holders of the claim. */
export interface FanOutResult {
  reports: DeviceReport[];
  earlier: DeviceResult[];
}

/** Sends one notification to all devices that are not done with it, side by side. */
@Injectable()
export class FanOut {
  constructor(
    private readonly sender: Sender,
    private readonly recorder: Recorder,
    private readonly hygiene: TokenHygiene,
  ) {}

  /** @throws {UnrecordedError} where the process has to end before Redis could be told */
  async send(
    { devices, owner }: Found,
    content: PushContent,
    claim: Claim,
    progress: Progress,
  ): Promise<FanOutResult> {
    const earlier = earlierResults(claim, progress);
    const done = new Set(earlier.map(({ fingerprint }) => fingerprint));
    const open =
      done.size === 0 ? devices : devices.filter(({ token }) => !done.has(tokenFingerprint(token)));
    const reports: DeviceReport[] = [];
    const remaining = open.values();
    let lost = false;
    const worker = async (): Promise<void> => {
      for (const device of remaining) {
        if (lost) return;
        const { token, platform } = device;
        const message = { token, platform, content };
        const report = { device, report: await this.sender.send(message, progress.tries) };
        reports.push(report);
        this.tellHygiene(report, owner);
        // With a single device the end of the request is recorded next, and says the same.
        if (devices.length === 1 || !isSettled(report)) continue;
        // Whoever holds the claim now sends to the devices that are left.
        if ((await this.record(report, claim)) === 'lost') lost = true;
      }
    };
    const workers = Array.from({ length: Math.min(open.length, AT_ONCE) }, worker);
    // No send may still be under way when this ends: the claim would no longer cover it.
    const failed = (await Promise.allSettled(workers)).find((end) => end.status === 'rejected');
    if (failed) {
      const settled = reports.filter(isSettled).flatMap((report) => deviceResult(report) ?? []);
      throw new UnrecordedError([...earlier, ...settled], { cause: failed.reason });
    }
    return { reports, earlier };
  }

  /** A token that the message named need not be the user service's: there is nobody to tell about it. */
  private tellHygiene({ device, report }: DeviceReport, owner: string | undefined): void {
    if (owner === undefined) return;
    if (report.kind === 'accepted') this.hygiene.accepted();
    if (report.kind === 'refused') {
      this.hygiene.refused(owner, device.token, report.refusal.failure);
    }
  }

  private record(report: DeviceReport, claim: Claim): Promise<RecordAnswer> {
    const fingerprint = tokenFingerprint(report.device.token);
    return this.recorder.record(() => claim.recordDevice(fingerprint, deviceResult(report)));
  }
}

/** What the claim knows, and what came with the message because no claim could be told. */
function earlierResults(claim: Claim, { devices = [] }: Progress): DeviceResult[] {
  const recorded = [...claim.devices.values()].flatMap((record) => {
    const result = deviceResultSchema.safeParse(record);
    return result.success ? [result.data] : [];
  });
  const known = new Set(recorded.map(({ fingerprint }) => fingerprint));
  return [...recorded, ...devices.filter(({ fingerprint }) => !known.has(fingerprint))];
}
