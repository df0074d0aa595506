import { DEFAULT_MAX_FRAME_BYTES, DEFAULT_WINDOW, MAX_WINDOW } from './frames';
import { ConnectionError, ErrorCode } from './wire.errors';

/** https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2 */
export const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
} as const;

const SETTING_BYTES = 6;
const MOST_MAX_FRAME_BYTES = 2 ** 24 - 1;

/** What a peer asks for, as far as it concerns requests. */
export class PeerSettings {
  headerTableBytes = 4096;
  maxStreams = Infinity;
  initialWindow = DEFAULT_WINDOW;
  maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;

  /** @throws {ConnectionError} for a value that is not allowed */
  take(payload: Buffer): void {
    if (payload.length % SETTING_BYTES !== 0) {
      throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'SETTINGS cut off');
    }
    for (let at = 0; at < payload.length; at += SETTING_BYTES) {
      this.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
  }

  private set(setting: number, value: number): void {
    switch (setting) {
      case Setting.HEADER_TABLE_SIZE:
        this.headerTableBytes = value;
        return;
      case Setting.ENABLE_PUSH:
        if (value !== 0) throw wrong('ENABLE_PUSH', value, ErrorCode.PROTOCOL_ERROR);
        return;
      case Setting.MAX_CONCURRENT_STREAMS:
        this.maxStreams = value;
        return;
      case Setting.INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW) {
          throw wrong('INITIAL_WINDOW_SIZE', value, ErrorCode.FLOW_CONTROL_ERROR);
        }
        this.initialWindow = value;
        return;
      case Setting.MAX_FRAME_SIZE:
        if (value < DEFAULT_MAX_FRAME_BYTES || value > MOST_MAX_FRAME_BYTES) {
          throw wrong('MAX_FRAME_SIZE', value, ErrorCode.PROTOCOL_ERROR);
        }
        this.maxFrameBytes = value;
        return;
      default:
        // Unknown ones are none of ours: https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2
        return;
    }
  }
}

function wrong(name: string, value: number, code: number): ConnectionError {
  return new ConnectionError(code, `SETTINGS with ${name} ${value}`);
}

/** The payload of a SETTINGS frame. */
export function encodeSettings(settings: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * SETTING_BYTES);
  settings.forEach(([setting, value], index) => {
    payload.writeUInt16BE(setting, index * SETTING_BYTES);
    payload.writeUInt32BE(value, index * SETTING_BYTES + 2);
  });
  return payload;
}
