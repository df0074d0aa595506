export { AccessTokenError } from './credentials/access-token.errors';
export { FirebaseProject } from './credentials/firebase-project';
export { askFcm, probeFcm } from './fcm-probe';
export { FcmProbeError } from './fcm.errors';
export { FcmModule } from './fcm.module';
export {
  FcmTransport,
  type FailureClass,
  type SendAccepted,
  type SendOptions,
  type SendRefused,
  type SendResult,
} from './fcm-transport';
export { GuardedFcm } from './guarded-fcm';
export { Http2Transport } from './http2/http2.transport';
export { toRestMessage, type RestMessage } from './message/rest-message';
export { toSdkMessage } from './message/sdk-message';
export type { PushContent, PushMessage } from './push-message';
export { SdkTransport } from './sdk/sdk.transport';
