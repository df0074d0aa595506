import { FcmConfig, loadConfig } from '@push/config';
import { FirebaseProject, Http2Transport, SdkTransport, type PushMessage } from '@push/fcm';

/** A transport under test, with the project it sends for. */
export interface Opened<T = Http2Transport | SdkTransport> {
  transport: T;
  project: FirebaseProject;
  close(): Promise<void>;
}

/** FcmConfig as these variables make it. */
export function fcmConfig(variables: Record<string, string>): FcmConfig {
  return loadConfig([FcmConfig], variables).get(FcmConfig) as FcmConfig;
}

type Http2Options = ConstructorParameters<typeof Http2Transport>[2];

/** An HTTP/2 transport to `host`, with a deadline short enough to wait for in a test. */
export function openHttp2(
  host: string,
  { timeoutMs = 2000, ...options }: { timeoutMs?: number } & Http2Options = {},
): Opened<Http2Transport> {
  const config = fcmConfig({ FCM_EMULATOR_HOST: host, FCM_TIMEOUT_MS: String(timeoutMs) });
  const project = FirebaseProject.open(config);
  return opened(new Http2Transport(project, config, options), project);
}

/** An SDK transport to `host`. */
export function openSdk(
  host: string,
  { timeoutMs = 2000 }: { timeoutMs?: number } = {},
): Opened<SdkTransport> {
  const config = fcmConfig({ FCM_EMULATOR_HOST: host, FCM_TIMEOUT_MS: String(timeoutMs) });
  const project = FirebaseProject.open(config);
  return opened(new SdkTransport(project, config), project);
}

/** A push with a title, for one device. */
export function push(token: string, content: Partial<PushMessage['content']> = {}): PushMessage {
  return {
    token,
    content: { title: 'Hello', data: {}, priority: 'normal', tag: `tag-${token}`, ...content },
  };
}

function opened<T extends Http2Transport | SdkTransport>(
  transport: T,
  project: FirebaseProject,
): Opened<T> {
  return {
    transport,
    project,
    async close() {
      await transport.onApplicationShutdown();
      await project.onApplicationShutdown();
    },
  };
}
