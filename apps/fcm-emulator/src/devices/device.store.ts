import { isObject, type JsonObject, objectField } from '../json';
import { platformOf, render, type Face, type Platform } from './rendering';

/** One notification as the person sees it. */
export interface Shown extends Face {
  message_id: string;
  received_at: string;
}

/** A device as the control interface shows it. */
export interface DeviceView {
  token: string;
  platform: Platform;
  /** Sends accepted for this device, shown or not. */
  accepted: number;
  /** What the person sees, newest first. */
  screen: Shown[];
}

/** A notification on a screen; drawn only when someone looks, so that keeping it costs no more than its text. */
interface Posted {
  messageId: string;
  timeMs: number;
  body: string;
}

interface Device {
  token: string;
  platform: Platform;
  accepted: number;
  /** By tag, or by message id where there is none; the newest last. */
  screen: Map<string, Posted>;
}

/** How much the devices remember, all together. */
export interface DeviceLimits {
  devices: number;
  /** Notifications on all the screens. */
  notifications: number;
  /** Text of those notifications. */
  characters: number;
}

/** The devices, and what each one's screen shows. Any token is a working device, made on its first push. */
export class DeviceStore {
  /** The one that got something last comes last. */
  private readonly devices = new Map<string, Device>();
  private notifications = 0;
  private characters = 0;

  constructor(private readonly limits: DeviceLimits) {}

  /**
   * Delivers one accepted message.
   *
   * @param body the send request it came in
   */
  receive(token: string, message: JsonObject, posted: Posted): void {
    const device = this.devices.get(token) ?? newDevice(token, platformOf(token));
    this.devices.delete(token);
    this.devices.set(token, device);
    device.accepted += 1;
    const face = render(message, device.platform);
    if (face) {
      const key = face.tag === null ? `id ${posted.messageId}` : `tag ${face.tag}`;
      this.takeDown(device, key);
      device.screen.set(key, posted);
      this.notifications += 1;
      this.characters += posted.body.length;
    }
    this.keepWithinLimits(device);
  }

  /** Says what platform a token's device is, whatever its prefix. Its screen is empty then: it is another device now. */
  register(token: string, platform: Platform): DeviceView {
    this.remove(token);
    const device = newDevice(token, platform);
    this.devices.set(token, device);
    this.keepWithinLimits(device);
    return view(device, Infinity);
  }

  /** The device of a token; one that got nothing yet is working all the same, with an empty screen. */
  get(token: string): DeviceView {
    return view(this.devices.get(token) ?? newDevice(token, platformOf(token)), Infinity);
  }

  /**
   * Devices that got something or were registered, the latest first.
   *
   * @param limit most devices
   * @param screenLimit most notifications of each. @default all
   */
  latest(limit: number, screenLimit = Infinity): (() => DeviceView)[] {
    const devices = [...this.devices.values()].reverse().slice(0, limit);
    return devices.map((device) => () => view(device, screenLimit));
  }

  clear(): void {
    this.devices.clear();
    this.notifications = this.characters = 0;
  }

  /** Forgets the devices that got nothing for longest, and at last the oldest notifications of the one that is left. */
  private keepWithinLimits(current: Device): void {
    while (
      this.devices.size > this.limits.devices ||
      this.notifications > this.limits.notifications ||
      this.characters > this.limits.characters
    ) {
      const [longestIdle] = this.devices.values();
      if (longestIdle && longestIdle !== current) this.remove(longestIdle.token);
      else {
        const [oldest] = current.screen.keys();
        if (oldest === undefined) return;
        this.takeDown(current, oldest);
      }
    }
  }

  private remove(token: string): void {
    const device = this.devices.get(token);
    if (!device) return;
    for (const key of device.screen.keys()) this.takeDown(device, key);
    this.devices.delete(token);
  }

  private takeDown(device: Device, key: string): void {
    const posted = device.screen.get(key);
    if (!posted) return;
    device.screen.delete(key);
    this.notifications -= 1;
    this.characters -= posted.body.length;
  }
}

function newDevice(token: string, platform: Platform): Device {
  return { token, platform, accepted: 0, screen: new Map() };
}

function view({ token, platform, accepted, screen }: Device, limit: number): DeviceView {
  const newest = [...screen.values()].reverse().slice(0, limit);
  return { token, platform, accepted, screen: newest.flatMap((posted) => draw(posted, platform)) };
}

function draw({ body, messageId, timeMs }: Posted, platform: Platform): Shown[] {
  const request: unknown = JSON.parse(body);
  const message = isObject(request) ? objectField(request, 'message') : undefined;
  const face = message && render(message, platform);
  return face
    ? [{ ...face, message_id: messageId, received_at: new Date(timeMs).toISOString() }]
    : [];
}
