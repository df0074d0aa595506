import { Injectable } from '@nestjs/common';
import { tokenFingerprint, type Device, type DeviceResult } from '@push/contracts';
import type { PushContent } from '@push/fcm';
import type { Claim } from '@push/idempotency';
import { inSpan } from '@push/observability';
import { TokenCleanup } from '../token-cleanup/token-cleanup';
import { DeliveryMetrics } from '../metrics/delivery.metrics';
import type { Answers } from './answers';
import { identityOf } from './device-identity';
import { isSettled, reportOf, type DeviceReport } from './devices';
import type { Found } from './recipients';
import { Recorder, type RecordAnswer } from './recorder';
import { Sender } from './sender';

/** Devices of one notification that are sent to side by side. */
const AT_ONCE = 50;

/** What a fan-out has behind it. */
export interface Behind {
  claim: Claim;
  /** Of the devices that are done with; those that get done with now are added. */
  answers: Answers;
  /** Of sends before this time. */
  tries: number;
}

/** How the devices of one notification went: now, and before. */
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
    private readonly hygiene: TokenCleanup,
    private readonly metrics: DeliveryMetrics,
  ) {}

  /** @throws the store's error where the process has to end before Redis could be told, or where it never can be */
  async send(
    { devices, owner }: Found,
    content: PushContent,
    { claim, answers, tries }: Behind,
  ): Promise<FanOutResult> {
    const earlier = answers.all;
    const open =
      earlier.length === 0
        ? devices
        : devices.filter(({ token }) => !answers.has(tokenFingerprint(token)));
    const reports: DeviceReport[] = [];
    let lost = false;
    const sendTo = async (device: Device): Promise<void> => {
      const { token, platform } = device;
      const identity = identityOf(device);
      const message = { token, platform, content, identity };
      const sentAt = performance.now();
      const sent = await inSpan('send', () => this.sender.send(message, tries));
      this.metrics.stage('send', (performance.now() - sentAt) / 1000);
      const report = reportOf(device, identity, sent);
      reports.push(report);
      this.tellHygiene(report, owner);
      const { result } = report;
      if (!result || !isSettled(report)) return;
      answers.add(result);
      // With a single device the end of the request is recorded next, and says the same.
      if (devices.length === 1) return;
      // Whoever holds the claim now sends to the devices that are left.
      if ((await this.record(result, claim)) === 'lost') lost = true;
    };
    await sideBySide(open, sendTo, () => lost);
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

  private record(result: DeviceResult, claim: Claim): Promise<RecordAnswer> {
    return this.recorder.record(() => claim.recordDevice(result.fingerprint, result));
  }
}

/** Sees to all devices until there is reason to stop, {@link AT_ONCE} at a time. */
function sideBySide(
  devices: readonly Device[],
  seeTo: (device: Device) => Promise<void>,
  stopped: () => boolean,
): Promise<void> {
  const [first] = devices;
  // As most users have.
  if (first !== undefined && devices.length === 1) return seeTo(first);
  return byWorkers(devices, seeTo, stopped);
}

async function byWorkers(
  devices: readonly Device[],
  seeTo: (device: Device) => Promise<void>,
  stopped: () => boolean,
): Promise<void> {
  const remaining = devices.values();
  const worker = async (): Promise<void> => {
    for (const device of remaining) {
      if (stopped()) return;
      await seeTo(device);
    }
  };
  const workers = Array.from({ length: Math.min(devices.length, AT_ONCE) }, worker);
  // No send may still be under way when this ends: the claim would no longer cover it.
  await Promise.allSettled(workers);
  await Promise.all(workers);
}
