import { maskToken, tokenFingerprint, type Device, type DeviceResult } from '@push/contracts';

/** A device as it is recorded, reported and noted: enough to recognise it, nothing to send to. */
export type DeviceIdentity = Pick<DeviceResult, 'device' | 'fingerprint'> & {
  platform: string | null;
};

/** To be asked for once, as the fingerprint of a token is a hash. */
export function identityOf({ token, platform }: Device): DeviceIdentity {
  return {
    device: maskToken(token),
    fingerprint: tokenFingerprint(token),
    platform: platform ?? null,
  };
}
