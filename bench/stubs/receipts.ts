/** What FCM's stub is told to expect of a round. */
export interface Expected {
  /** Request ids of the round: this, and then the number of the notification. */
  prefix: string;
  notifications: number;
  devicesEach: number;
}

/** How far a round has come. Times are microseconds of the clock that all processes of a machine share. */
export interface Progress {
  requests: number;
  /** Notifications of which every device has its message. */
  complete: number;
  /** Messages beyond one a device: shown twice. */
  tooMany: number;
  firstAt: number;
  lastAt: number;
}

const REQUEST_ID = '"request_id":"';

/** Microseconds of a clock that all processes of this machine share. */
export function sharedClock(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Keeps when each notification of a round came to FCM. */
export class Receipts {
  readonly progress: Progress = { requests: 0, complete: 0, tooMany: 0, firstAt: 0, lastAt: 0 };
  /** Of each notification: when the last of its devices got its message; 0 where none has. */
  readonly receivedAt: Float64Array;
  private readonly devices: Uint8Array;

  constructor(private readonly expected: Expected) {
    this.receivedAt = new Float64Array(expected.notifications);
    this.devices = new Uint8Array(expected.notifications);
  }

  /** @param body of a request to FCM; one of another round is not counted */
  note(body: Buffer): void {
    const from = body.indexOf(REQUEST_ID) + REQUEST_ID.length;
    const id = body.toString('latin1', from, body.indexOf('"', from));
    const { prefix, notifications, devicesEach } = this.expected;
    const index = id.startsWith(prefix) ? Number(id.slice(prefix.length)) : notifications;
    if (!(index < notifications)) return;
    const { progress } = this;
    const now = sharedClock();
    const devices = (this.devices[index] ?? 0) + 1;
    this.devices[index] = devices;
    this.receivedAt[index] = now;
    if (progress.requests === 0) progress.firstAt = now;
    progress.requests += 1;
    progress.lastAt = now;
    if (devices === devicesEach) progress.complete += 1;
    if (devices > devicesEach) progress.tooMany += 1;
  }
}
