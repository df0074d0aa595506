import type { Fault, FaultAction } from './fault.schema';

interface ArmedFault {
  fault: Fault;
  applied: number;
}

/** A fault with how often it was applied so far. */
export type FaultView = Fault & { applied: number };

/** The faults in force, asked in order for every send. */
export class FaultList {
  private armed: ArmedFault[] = [];

  /** @param random from 0 up to 1, for `probability` */
  constructor(private readonly random: () => number = Math.random) {}

  replace(faults: Fault[]): void {
    this.armed = faults.map((fault) => ({ fault, applied: 0 }));
  }

  view(): FaultView[] {
    return this.armed.map(({ fault, applied }) => ({ ...fault, applied }));
  }

  /** What happens to this send: the first fault that matches, is not used up and wins its toss. */
  take(token: string | null, project: string, validateOnly: boolean): FaultAction | undefined {
    for (const entry of this.armed) {
      const { match, times, probability } = entry.fault;
      if (match.token !== undefined && match.token !== token) continue;
      if (match.project !== undefined && match.project !== project) continue;
      if (match.validate_only !== undefined && match.validate_only !== validateOnly) continue;
      if (times !== undefined && entry.applied >= times) continue;
      if (probability !== undefined && this.random() >= probability) continue;
      entry.applied += 1;
      return entry.fault.then;
    }
    return undefined;
  }
}
