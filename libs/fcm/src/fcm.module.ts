import { Module } from '@nestjs/common';
import { FcmConfig } from '@push/config';
import { Dependencies } from '@push/resilience';
import { FirebaseProject } from './credentials/firebase-project';
import { FcmTransport } from './fcm-transport';
import { GuardedFcm } from './guarded-fcm';
import { Http2Transport } from './http2/http2.transport';
import { SdkTransport } from './sdk/sdk.transport';

/**
 * Provides `GuardedFcm`, which sends behind the breakers of FCM and of our credentials, and the bare `FcmTransport`. A
 * test replaces `FcmTransport`, and `FirebaseProject` where there are no credentials to open it with.
 *
 * Needs `FcmConfig` (ConfigModule) and `Dependencies` (ResilienceModule), both global.
 */
@Module({
  providers: [
    {
      provide: FirebaseProject,
      useFactory: (config: FcmConfig) => FirebaseProject.open(config),
      inject: [FcmConfig],
    },
    { provide: FcmTransport, useFactory: createTransport, inject: [FcmConfig, FirebaseProject] },
    {
      provide: GuardedFcm,
      useFactory: (
        transport: FcmTransport,
        { tokens, origin }: FirebaseProject,
        all: Dependencies,
      ) => new GuardedFcm(transport, tokens, all, origin),
      inject: [FcmTransport, FirebaseProject, Dependencies],
    },
  ],
  exports: [FcmTransport, GuardedFcm, FirebaseProject],
})
export class FcmModule {}

/** The transport that `FCM_TRANSPORT` names. */
function createTransport(
  config: FcmConfig,
  project: FirebaseProject,
): Http2Transport | SdkTransport {
  switch (config.transport) {
    case 'http2':
      return new Http2Transport(project, config);
    case 'sdk':
      return new SdkTransport(project, config);
  }
}
