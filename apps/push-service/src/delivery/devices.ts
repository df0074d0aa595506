import { maskToken, tokenFingerprint, type Device, type DeviceResult } from '@push/contracts';
import type { SendReport } from './sender';

/** A device and how its send ended. */
export interface DeviceReport {
  device: Device;
  report: SendReport;
  /** As it is recorded and reported; undefined where nothing is known of the device. */
  result: DeviceResult | undefined;
}

/** Puts down how a send ended; once, as the fingerprint of a token is a hash. */
export function reportOf(device: Device, report: SendReport): DeviceReport {
  return { device, report, result: resultOf(device, report) };
}

function resultOf(device: Device, report: SendReport): DeviceResult | undefined {
  if (report.kind === 'down') return undefined;
  const identity = {
    device: maskToken(device.token),
    fingerprint: tokenFingerprint(device.token),
    platform: device.platform ?? null,
  };
  return report.kind === 'accepted'
    ? { ...identity, status: 'delivered', message_id: report.messageId, error_code: null }
    : { ...identity, status: 'failed', message_id: null, error_code: report.refusal.code };
}

/** Whether nothing more is to be tried for this device, so that a resumed request may leave it out. */
export function isSettled({ report }: DeviceReport): boolean {
  if (report.kind === 'accepted') return true;
  return report.kind === 'refused' && report.refusal.failure !== 'transient';
}
