import type { Device, Recipient } from '@push/contracts';
import { RecipientDirectory } from '../recipient-directory';

/** Users in memory, for tests of what uses a {@link RecipientDirectory}. */
export class FakeRecipientDirectory extends RecipientDirectory {
  /** Every look-up, in order. */
  readonly lookups: { userId: string; correlationId: string }[] = [];
  /** Set it to make every look-up throw it. */
  failure?: Error;
  private readonly recipients = new Map<string, Recipient>();

  /** Adds a user, or replaces one. Devices may be given by their tokens alone. */
  put(userId: string, devices: readonly (Device | string)[], { wantsPush = true } = {}): this {
    this.recipients.set(userId, {
      userId,
      devices: devices.map((device) => (typeof device === 'string' ? { token: device } : device)),
      wantsPush,
    });
    return this;
  }

  async lookup(userId: string, correlationId: string): Promise<Recipient | undefined> {
    this.lookups.push({ userId, correlationId });
    if (this.failure) throw this.failure;
    return this.recipients.get(userId);
  }

  check(): Promise<void> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve();
  }
}
