import { setTimeout as sleep } from 'node:timers/promises';
import { FAULT_POINTS, type FaultPoint } from '../instance/fault-points';
import type { Scenario } from '../scenario';

/** Times that each of the two instances dies at the point. */
const DEATHS = 3;
/** Passages of the point in one life, the first life's first: often enough that work is in hand. */
const PASSAGE = 20;
/** Points that only a few messages pass. */
const RARE = new Set<FaultPoint>(['after-decision', 'after-dead-letter', 'after-park']);

export const faultPointScenarios: readonly Scenario[] = FAULT_POINTS.map((point) => ({
  name: `SIGKILL: ${point}`,
  allows: { mayResend: true },
  push: {
    deaths: (instance, start) =>
      start < DEATHS ? `${point}@${(RARE.has(point) ? 1 : PASSAGE) + instance}` : undefined,
  },
  run: async ({ world, load }) => {
    // Parked messages need somebody who asks for patience.
    if (point === 'after-park') {
      await world.setFcmFaults({ times: 40, then: { status: 429, retry_after: 1 } });
    }
    await load.end();
    const deadline = Date.now() + 30_000;
    while (world.push.some(({ restarts }) => restarts < DEATHS) && Date.now() < deadline) {
      await sleep(100);
    }
    const survivors = world.push.filter(({ restarts }) => restarts === 0);
    if (survivors.length > 0) world.incidents.push(`nobody was killed at ${point}`);
  },
}));
