import type { JsonObject } from '../json';
import { platformOf, type Platform } from './platform';
import { render, type Shown } from './rendering';

/** A device as the control interface shows it. */
export interface Device {
  token: string;
  platform: Platform;
  /** Sends accepted for this device, shown or not. */
  accepted: number;
  /** What the person sees, newest first. */
  screen: Shown[];
}

/** No phone keeps more in its tray; the oldest notifications leave it. */
const MAX_SCREEN = 50;

/** The devices, and what each one's screen shows. Any token is a working device, made on its first push. */
export class DeviceStore {
  private readonly devices = new Map<string, Device>();

  /** @param maxDevices most devices remembered; the one first seen leaves first */
  constructor(private readonly maxDevices: number) {}

  /** Delivers one accepted message. */
  receive(token: string, message: JsonObject, messageId: string, timeMs: number): void {
    const device = this.at(token);
    device.accepted += 1;
    const face = render(message, device.platform);
    if (!face) return;
    const replaced =
      face.tag === null ? -1 : device.screen.findIndex((shown) => shown.tag === face.tag);
    if (replaced >= 0) device.screen.splice(replaced, 1);
    device.screen.unshift({
      ...face,
      message_id: messageId,
      received_at: new Date(timeMs).toISOString(),
    });
    if (device.screen.length > MAX_SCREEN) device.screen.pop();
  }

  /** Says what platform a token's device is, whatever its prefix. Its screen is wiped: it is another device now. */
  register(token: string, platform: Platform): Device {
    const device: Device = { token, platform, accepted: 0, screen: [] };
    this.devices.delete(token);
    this.add(device);
    return device;
  }

  /** The device of a token; one that got nothing yet is working all the same, with an empty screen. */
  get(token: string): Device {
    return (
      this.devices.get(token) ?? { token, platform: platformOf(token), accepted: 0, screen: [] }
    );
  }

  /** Devices that got something or were registered, the one seen last first, at most `limit`. */
  newest(limit: number): Device[] {
    return [...this.devices.values()].reverse().slice(0, limit);
  }

  clear(): void {
    this.devices.clear();
  }

  private at(token: string): Device {
    const known = this.devices.get(token);
    if (known) return known;
    return this.add({ token, platform: platformOf(token), accepted: 0, screen: [] });
  }

  private add(device: Device): Device {
    if (this.devices.size >= this.maxDevices) {
      const first = this.devices.keys().next();
      if (!first.done) this.devices.delete(first.value);
    }
    this.devices.set(device.token, device);
    return device;
  }
}
