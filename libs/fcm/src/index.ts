export {
  FcmTransport,
  type FailureClass,
  type SendAccepted,
  type SendOptions,
  type SendRefused,
  type SendResult,
} from './fcm-transport';
export type { PushContent, PushMessage } from './push-message';
