import type { SendRefused } from './fcm-transport';

/** A probe found FCM, or the way to it, not well. */
export class FcmProbeError extends Error {
  readonly retryable = true;
  readonly code: string;

  constructor({ failure, code, message }: SendRefused) {
    super(`FCM does not take messages now (${failure}, ${code}): ${message}`);
    this.name = 'FcmProbeError';
    this.code = code;
  }
}
