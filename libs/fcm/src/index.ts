export { AccessTokenError } from './credentials/access-tokens';
export { FirebaseProject } from './credentials/firebase-project';
export { FcmModule } from './fcm.module';
export {
  FcmTransport,
  type FailureClass,
  type PushContent,
  type PushMessage,
  type SendAccepted,
  type SendOptions,
  type SendRefused,
  type SendResult,
} from './fcm-transport';
export { askFcm, FcmProbeError, GuardedFcm, probeFcm } from './guarded-fcm';
export { Http2Transport } from './http2/http2.transport';
export { toRestMessage, toSdkMessage, type RestMessage } from './message';
export { SdkTransport } from './sdk/sdk.transport';
