import { setTimeout as sleep } from 'node:timers/promises';
import { tokenFingerprint } from '@push/contracts';
import type { Evidence } from '../audit/evidence';
import { FAULT_POINTS, type FaultPoint, type LastWords } from '../instance/fault-points';
import type { Scenario, Stage } from '../scenario';
import { endWithoutRedis } from './redis.scenarios';

/** Times that each of the two instances is to die at the point. */
const DEATHS = 3;
/** Passages of the point in one life: often enough that work is in hand. */
const PASSAGE = 20;
/** Points that only a few messages pass. */
const RARE = new Set<FaultPoint>([
  'after-decision',
  'after-dead-letter',
  'after-park',
  'after-going-back',
]);
/** Points behind which the request is never sent again, to any device. */
const DONE = new Set<FaultPoint>(['after-record', 'after-decision', 'after-dead-letter']);

/** What each process said as it died. */
function lastWords({ world, load }: Stage): LastWords[] {
  const lines = world.push.flatMap((app) => app.log.split('\n'));
  return lines.flatMap((line) => {
    if (!line.startsWith('{"died_at"')) return [];
    const words = JSON.parse(line) as LastWords;
    return load.requests.has(words.request_id) ? [words] : [];
  });
}

/** The request a process died with is dealt with as its point says. */
function checkDeaths({ sends }: Evidence, stage: Stage): string[] {
  return lastWords(stage).flatMap(({ died_at: point, request_id: id, device, time }) => {
    const later = sends.filter(({ requestId, at }) => requestId === id && at > time);
    const forbidden = later.filter(
      ({ token }) =>
        DONE.has(point) || (device !== undefined && tokenFingerprint(token) === device),
    );
    if (forbidden.length > 0) return [`${id} was sent again after it had died ${point}`];
    if (point === 'after-fcm-answer' && later.length === 0) return [`${id} died ${point} in vain`];
    return [];
  });
}

async function die(stage: Stage, point: FaultPoint): Promise<void> {
  const { world, load } = stage;
  // Parked messages need somebody who asks for patience, and those that go back with answers a Redis that is away.
  if (point === 'after-park') {
    await world.setFcmFaults({ times: 40, then: { status: 429, retry_after: 1 } });
  }
  if (point === 'after-going-back') {
    await endWithoutRedis(stage, (app) => app.terminate());
  }
  await load.end();
  const deadline = Date.now() + 30_000;
  while (world.deaths < 2 * DEATHS && Date.now() < deadline) await sleep(100);
  const died = lastWords(stage).length;
  if (died < DEATHS) world.incidents.push(`only ${died} have died ${point}`);
}

/** Who has a dead letter is not delivered, though its user turns up before it is taken over. */
const turningUp: Scenario = {
  name: 'SIGKILL: after-dead-letter, of users who turn up again',
  allows: { mayResend: 'killed', mayFailFor: ['user_not_found'] },
  push: { deaths: (_, start) => (start === 0 ? 'after-dead-letter@30' : undefined) },
  run: async ({ world, load }) => {
    await load.until(0.2);
    world.userFront.trouble = { kind: 'status', status: 404 };
    const deadline = Date.now() + 20_000;
    while (world.deaths < 2 && Date.now() < deadline) await sleep(10);
    world.userFront.trouble = undefined;
    if (world.deaths < 2) world.incidents.push(`only ${world.deaths} have died`);
  },
  check: checkDeaths,
};

const atEachPoint: readonly Scenario[] = FAULT_POINTS.map((point) => ({
  name: `SIGKILL: ${point}`,
  // Slow enough for three outages.
  load: point === 'after-going-back' ? { rate: 60 } : {},
  allows: { mayResend: 'killed' },
  push: {
    deaths: (instance, start) =>
      start < DEATHS ? `${point}@${(RARE.has(point) ? 1 : PASSAGE) + instance}` : undefined,
  },
  run: (stage) => die(stage, point),
  check: checkDeaths,
}));

export const faultPointScenarios: readonly Scenario[] = [...atEachPoint, turningUp];
