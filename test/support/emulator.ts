import type { DeviceView } from '../../apps/fcm-emulator/src/devices/device.store';
import { type EmulatorOptions, EmulatorServer } from '../../apps/fcm-emulator/src/emulator-server';
import { type FaultInput, faultsSchema } from '../../apps/fcm-emulator/src/faults';
import {
  type MessageView,
  type RequestView,
  viewMessage,
  viewRequest,
} from '../../apps/fcm-emulator/src/records/journal';
import type { StatsView } from '../../apps/fcm-emulator/src/records/stats';

export type { DeviceView, FaultInput, MessageView, RequestView, StatsView };

/** A running emulator, seen from a test. */
export interface RunningEmulator {
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** `127.0.0.1:<port>`, as FCM_EMULATOR_HOST takes it. */
  host: string;
  port: number;
  server: EmulatorServer;
  /** Replaces the faults in force. @throws ZodError if one is not well formed */
  setFaults(...faults: FaultInput[]): void;
  /** Every device that got something. */
  devices(): DeviceView[];
  /** One device, with an empty screen if it got nothing. */
  device(token: string): DeviceView;
  /** Accepted sends, newest first. */
  messages(filter?: { request_id?: string }): MessageView[];
  /** Every send request that arrived, newest first. */
  requests(filter?: { request_id?: string; token?: string }): RequestView[];
  stats(): StatsView;
  /** Forgets everything, faults too. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts an emulator in this process, on a free port unless one is given. Close it in `afterAll`. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const server = new EmulatorServer({ port: 0, host: '127.0.0.1', ...options });
  const port = await server.listen();
  const { devices, faults, journal, stats } = server;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    server,
    setFaults: (...list) => faults.replace(faultsSchema.parse(list)),
    devices: () => devices.latest(Infinity).map((draw) => draw()),
    device: (token) => devices.get(token),
    messages: ({ request_id } = {}) =>
      journal.messages
        .newest(Infinity, (send) => request_id === undefined || send.requestId === request_id)
        .map(viewMessage),
    requests: ({ request_id, token } = {}) =>
      journal.requests
        .newest(
          Infinity,
          (request) =>
            (request_id ?? request.requestId) === request.requestId &&
            (token ?? request.token) === request.token,
        )
        .map(viewRequest),
    stats: () => stats.view(Date.now()),
    reset: () => server.reset(),
    close: () => server.close(),
  };
}
