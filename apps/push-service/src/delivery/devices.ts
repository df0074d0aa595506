import { maskToken, tokenFingerprint, type Device, type DeviceResult } from '@push/contracts';
import type { SendReport } from './sender';

/** A device and how its send ended. */
export interface DeviceReport {
  device: Device;
  report: SendReport;
  /** Made when it is first asked for: it takes a hash, and is asked for when the device and when the request is done. */
  result?: DeviceResult;
}

/** The result of one device as it is recorded and reported; undefined while it is not settled. */
export function deviceResult(of: DeviceReport): DeviceResult | undefined {
  return (of.result ??= resultOf(of));
}

function resultOf({ device, report }: DeviceReport): DeviceResult | undefined {
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
