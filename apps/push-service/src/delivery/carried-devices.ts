import { deviceResultSchema, HEADERS, type DeviceResult } from '@push/contracts';
import { z } from 'zod';

const schema = z.array(deviceResultSchema).max(1000);

/** Headers with which a message takes along which devices are done with, where Redis cannot be told. */
export function carryingHeaders(devices: readonly DeviceResult[]): Record<string, string> {
  return { [HEADERS.devices]: JSON.stringify(devices) };
}

/** Reads them; none where it is no such list. */
export function carriedDevices(header: string | undefined): DeviceResult[] {
  if (header === undefined) return [];
  try {
    return schema.parse(JSON.parse(header));
  } catch {
    return [];
  }
}
