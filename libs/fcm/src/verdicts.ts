import type { CallResult } from '@push/resilience';
import type { FailureClass, SendResult } from './fcm-transport';

/** What the end of one send says about FCM as a whole. */
export function judgeFcm(result: SendResult): CallResult {
  return !result.accepted && speaksAgainstFcm(result.failure) ? 'failure' : 'success';
}

/** What the end of one send says about our credentials: no further call can mend a refusal. */
export function judgeCredentials(result: SendResult): CallResult {
  return !result.accepted && result.failure === 'credentials' ? 'open' : 'success';
}

/** In words, for the log. */
export function explainRefusal(result: SendResult): string | undefined {
  return result.accepted ? undefined : `${result.code}: ${result.message}`;
}

function speaksAgainstFcm(failure: FailureClass): boolean {
  switch (failure) {
    case 'transient':
    case 'rate':
      return true;
    // FCM is alive enough to find fault with the one message, or with us.
    case 'token':
    case 'sender':
    case 'payload':
    case 'platform-auth':
    case 'target-rate':
    case 'credentials':
      return false;
  }
}
