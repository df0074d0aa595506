import { FcmProbeError } from './fcm.errors';
import type { FcmTransport, SendResult } from './fcm-transport';
import type { PushMessage } from './push-message';
import { judgeCredentials, judgeFcm } from './verdicts';

/** Shaped like a token, and nobody's: FCM looks at it, says so, and that is the sign of life. */
const PROBE: PushMessage = {
  token: `fcmProbe00000000000000:APA91b${'0'.repeat(134)}`,
  content: { title: 'probe', data: {}, priority: 'normal', tag: 'fcm-probe' },
};

/** Has FCM check, not deliver, a message to nobody. Never rejects. */
export function askFcm(transport: FcmTransport): Promise<SendResult> {
  return transport.send(PROBE, { validateOnly: true });
}

/**
 * Asks whether FCM would take messages of ours.
 *
 * @throws {FcmProbeError} unless FCM itself answered, and would have taken messages
 */
export async function probeFcm(transport: FcmTransport): Promise<void> {
  const result = await askFcm(transport);
  if (result.accepted) return;
  if (judgeFcm(result) !== 'success' || judgeCredentials(result) !== 'success') {
    throw new FcmProbeError(result);
  }
}
