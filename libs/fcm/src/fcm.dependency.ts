import type { Dependencies, Dependency, Verdict } from '@push/resilience';
import { FcmProbeError } from './fcm.errors';
import type { FailureClass, FcmTransport, SendResult } from './fcm-transport';
import type { PushMessage } from './push-message';

/** The injection token of FCM as a dependency: a `Dependency` of `@push/resilience` named `fcm`. */
export const FCM_DEPENDENCY = Symbol('FCM_DEPENDENCY');

/** Shaped like a token, and nobody's: FCM looks at it, says so, and that is the sign of life. */
const PROBE: PushMessage = {
  token: `fcmProbe00000000000000:APA91b${'0'.repeat(134)}`,
  content: { title: 'probe', data: {}, priority: 'normal', tag: 'fcm-probe' },
};

/** Makes FCM a dependency, with the breaker that pauses sending and the probe that finds it well again. */
export function createFcmDependency(
  dependencies: Dependencies,
  transport: FcmTransport,
): Dependency {
  return dependencies.create({
    name: 'fcm',
    probe: () => probeFcm(transport),
    judgeResult: (result) => judgeSend(result as SendResult),
  });
}

/** What the end of one send says about FCM as a whole. */
export function judgeSend(result: SendResult): Verdict {
  return result.accepted ? 'sound' : judgeFailure(result.failure);
}

/**
 * Asks FCM to check, not deliver, a message to nobody.
 *
 * @throws {FcmProbeError} unless FCM itself answered, and would have taken messages
 */
export async function probeFcm(transport: FcmTransport): Promise<void> {
  const result = await transport.send(PROBE, { validateOnly: true });
  if (!result.accepted && judgeFailure(result.failure) !== 'sound') throw new FcmProbeError(result);
}

function judgeFailure(failure: FailureClass): Verdict {
  switch (failure) {
    case 'transient':
    case 'rate':
      return 'failure';
    case 'credentials':
      return 'open';
    // FCM is alive enough to find fault with the one message.
    case 'token':
    case 'sender':
    case 'payload':
    case 'platform-auth':
    case 'target-rate':
      return 'sound';
  }
}
