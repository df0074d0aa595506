import type { Device, DeviceResult } from '@push/contracts';
import type { DeviceIdentity } from './device-identity';
import type { SendReport } from './sender';

/** A device and how its send ended. */
export interface DeviceReport {
  device: Device;
  report: SendReport;
  /** As it is recorded and reported; undefined where nothing is known of the device. */
  result: DeviceResult | undefined;
}

/** Puts down how a send ended. */
export function reportOf(
  device: Device,
  identity: DeviceIdentity,
  report: SendReport,
): DeviceReport {
  return { device, report, result: resultOf(identity, report) };
}

function resultOf(identity: DeviceIdentity, report: SendReport): DeviceResult | undefined {
  if (report.kind === 'down') return undefined;
  return report.kind === 'accepted'
    ? { ...identity, status: 'delivered', message_id: report.messageId, error_code: null }
    : { ...identity, status: 'failed', message_id: null, error_code: report.refusal.code };
}

/** Whether nothing more is to be tried for this device, so that a resumed request may leave it out. */
export function isSettled({ report }: DeviceReport): boolean {
  if (report.kind === 'accepted') return true;
  return report.kind === 'refused' && report.refusal.failure !== 'transient';
}
