import { deviceResultSchema, type DeviceResult } from '@push/contracts';
import type { Claim } from '@push/idempotency';
import type { Outcome } from './outcome';

/**
 * What FCM has answered for good for the devices of one request: to earlier holders of its claim, and to this one. A
 * device that may still get it, or that another try may do better with, is not among them.
 */
export class Answers {
  private readonly results = new Map<string, DeviceResult>();
  /** What came with the message, and the claim does not know. */
  private readonly unrecorded: readonly DeviceResult[];

  /** @param carried what came with the message because no claim could be told */
  constructor(carried: readonly DeviceResult[] = [], claim?: Claim) {
    for (const record of claim?.devices.values() ?? []) {
      const result = deviceResultSchema.safeParse(record);
      if (result.success) this.add(result.data);
    }
    this.unrecorded = carried.filter((result) => this.add(result));
  }

  get all(): DeviceResult[] {
    return [...this.results.values()];
  }

  has(fingerprint: string): boolean {
    return this.results.has(fingerprint);
  }

  /** Whether the message knew something that the claim does not. */
  get hasUnrecorded(): boolean {
    return this.unrecorded.length > 0;
  }

  /** Once a device shows it, nothing else can be said of it. @returns whether that was news */
  add(result: DeviceResult): boolean {
    const known = this.results.get(result.fingerprint);
    if (known && (known.status === 'delivered' || result.status === 'failed')) return false;
    this.results.set(result.fingerprint, result);
    return true;
  }

  /** Writes what only the message knew into the claim, where other copies of the request find it. Throws as the claim. */
  recordCarried(claim: Claim): Promise<unknown> {
    // At the same time, so that they share a write.
    return Promise.all(
      this.unrecorded.map((result) => claim.recordDevice(result.fingerprint, result)),
    );
  }

  /**
   * How the request ends: as delivered where a device shows it, whatever stands in the way of the rest.
   * @param tries of sends before this time
   */
  end(outcome: Outcome, tries: number): Outcome {
    switch (outcome.kind) {
      case 'skipped':
      case 'expired':
      case 'rejected':
      case 'exhausted': {
        const devices = this.all;
        const shown = devices.some(({ status }) => status === 'delivered');
        return shown ? { kind: 'delivered', devices, attempts: tries } : outcome;
      }
      case 'delivered':
      case 'duplicate':
      case 'deferred':
      case 'interrupted':
        return outcome;
      default:
        return outcome satisfies never;
    }
  }
}
