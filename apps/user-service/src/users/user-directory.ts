import { Injectable } from '@nestjs/common';
import { Database } from '../database';
import { type Device, DevicesStore } from './devices.store';
import { type DeviceInput, MAX_DEVICES, type UserInput } from './user.schema';
import { type User, UsersStore } from './users.store';

/** A user as the push service looks them up. */
export interface UserProfile extends User {
  devices: Device[];
  /** Token of the device registered last. */
  push_token: string | null;
}

/** What becomes of registering a device. */
export type Registration = 'registered' | 'unknown_user' | 'too_many_devices';

/** Users with their devices: every change that concerns both, as a whole or not at all. */
@Injectable()
export class UserDirectory {
  constructor(
    private readonly database: Database,
    private readonly users: UsersStore,
    private readonly devices: DevicesStore,
  ) {}

  /** @returns undefined when there is no such user */
  find(userId: string): UserProfile | undefined {
    const user = this.users.find(userId);
    if (!user) return undefined;
    const devices = this.devices.of(userId);
    return { ...user, devices, push_token: devices[0]?.token ?? null };
  }

  /** Creates a user, or replaces one. @returns whether the user is new */
  put(userId: string, input: UserInput): boolean {
    return this.database.transaction(() => {
      const isNew = this.users.find(userId) === undefined;
      this.users.put(userId, input);
      if (input.devices) this.devices.replaceAll(userId, input.devices);
      return isNew;
    });
  }

  register(userId: string, device: DeviceInput): Registration {
    return this.database.transaction(() => {
      if (!this.users.find(userId)) return 'unknown_user';
      if (this.devices.countOthers(userId, device.token) >= MAX_DEVICES) return 'too_many_devices';
      this.devices.put(userId, device);
      return 'registered';
    });
  }

  /** @returns false when there is no such user */
  replaceDevices(userId: string, devices: readonly DeviceInput[]): boolean {
    return this.database.transaction(() => {
      if (!this.users.find(userId)) return false;
      this.devices.replaceAll(userId, devices);
      return true;
    });
  }
}
