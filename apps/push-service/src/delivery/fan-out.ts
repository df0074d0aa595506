import { Injectable } from '@nestjs/common';
import {
  deviceResultSchema,
  tokenFingerprint,
  type Device,
  type DeviceResult,
} from '@push/contracts';
import type { PushContent } from '@push/fcm';
import type { Claim } from '@push/idempotency';
import { deviceResult, isSettled, type DeviceReport } from './devices';
import { Recorder } from './recorder';
import { Sender } from './sender';

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
  ) {}

  async send(
    devices: readonly Device[],
    content: PushContent,
    claim: Claim,
  ): Promise<FanOutResult> {
    const earlier = recordedResults(claim);
    const done = new Set(earlier.map(({ fingerprint }) => fingerprint));
    const open =
      done.size === 0 ? devices : devices.filter(({ token }) => !done.has(tokenFingerprint(token)));
    const reports = await Promise.all(
      open.map(async (device) => {
        const { token, platform } = device;
        const report = { device, report: await this.sender.send({ token, platform, content }) };
        // With a single device the end of the request is recorded next, and says the same.
        if (devices.length > 1 && isSettled(report)) await this.record(report, claim);
        return report;
      }),
    );
    return { reports, earlier };
  }

  private async record(report: DeviceReport, claim: Claim): Promise<void> {
    const fingerprint = tokenFingerprint(report.device.token);
    await this.recorder.record(() => claim.recordDevice(fingerprint, deviceResult(report)));
  }
}

function recordedResults(claim: Claim): DeviceResult[] {
  return [...claim.devices.values()].flatMap((record) => {
    const result = deviceResultSchema.safeParse(record);
    return result.success ? [result.data] : [];
  });
}
