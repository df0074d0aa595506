import { setTimeout as sleep } from 'node:timers/promises';
import { DEADLY_PREFIX } from '../instance/fault-points';
import type { Evidence, FoundLetter } from '../audit/evidence';
import type { Scenario, Stage } from '../scenario';
import { DirectPublisher } from '../world/direct-publisher';
import { poisons, type Poison } from './poison';

/** Copies of each poison. */
const DOSES = 10;
const GIVE_UP_AFTER = 4;

async function poison({ world, load }: Stage): Promise<void> {
  const publisher = new DirectPublisher(() => world.servers.connect());
  for (let n = 0; n < DOSES; n += 1) {
    await load.until((n + 1) / (DOSES + 2));
    for (const { name, body } of poisons) {
      if (!(await publisher.publish(body(n)))) world.incidents.push(`${name} was not published`);
    }
  }
  await publisher.close();
}

/** Every dose is in `failed.queue`, whole and explained, or on its screen. */
function checkPoison({ letters, shown }: Evidence): string[] {
  const broken: string[] = [];
  for (const one of poisons) {
    const where = one.codes.length === 0 ? shownOf(one, shown) : lettersOf(one, letters);
    if (where !== DOSES) broken.push(`${one.name}: ${where} of ${DOSES} ended as they should`);
  }
  return broken;
}

function shownOf({ body }: Poison, shown: Evidence['shown']): number {
  const ids = Array.from({ length: DOSES }, (_, n) => idOf(body(n)));
  return ids.filter((id) => id !== undefined && shown.get(id)?.size === 1).length;
}

function lettersOf({ body, codes, name }: Poison, letters: readonly FoundLetter[]): number {
  const fitting = letters.filter(({ code, error }) => codes.includes(code) && error !== '');
  // Random bytes are different with each dose; that many letters hold bytes of that length.
  if (name === 'random bytes') {
    return fitting.filter(({ content }) => original(content)?.length === 200).length;
  }
  const doses = new Map<string, number>();
  for (let n = 0; n < DOSES; n += 1) {
    const key = canonical(body(n));
    doses.set(key, (doses.get(key) ?? 0) + 1);
  }
  let found = 0;
  for (const { content } of fitting) {
    const key = canonical(original(content));
    const left = doses.get(key) ?? 0;
    if (left === 0) continue;
    doses.set(key, left - 1);
    found += 1;
  }
  return found;
}

/** The message that a letter keeps, as bytes; JSON is kept as JSON. */
function original(letter: Buffer): Buffer | undefined {
  try {
    const { original_message, original_body } = JSON.parse(letter.toString()) as {
      original_message: unknown;
      original_body?: string;
    };
    if (original_body !== undefined) return Buffer.from(original_body, 'base64');
    return Buffer.from(JSON.stringify(original_message));
  } catch {
    return undefined;
  }
}

function canonical(bytes: Buffer | undefined): string {
  return bytes?.toString('latin1') ?? '';
}

function idOf(bytes: Buffer): string | undefined {
  return (JSON.parse(bytes.toString()) as { request_id?: string }).request_id;
}

/** One message that kills every worker which claims it. */
async function killWorkers({ world, load }: Stage): Promise<void> {
  const publisher = new DirectPublisher(() => world.servers.connect());
  await load.until(0.2);
  const body = { request_id: `${DEADLY_PREFIX}1`, push_token: 'android-deadly', body: 'Die' };
  await publisher.publish(body);
  await publisher.close();
  const deadline = Date.now() + 120_000;
  while (world.reports.of(body.request_id).takenAt === undefined && Date.now() < deadline) {
    await sleep(100);
  }
}

function deadly(name: string, restartAfterMs?: number): Scenario {
  return {
    name,
    load: { rate: 50 },
    push: {
      deaths: () => undefined,
      env: { GIVE_UP_AFTER_DELIVERIES: String(GIVE_UP_AFTER) },
      restartAfterMs,
    },
    run: killWorkers,
    // Its neighbours may be in hand whenever it kills, and have been sent.
    allows: { mayResend: 'killed', otherLetters: 1, recoversWithin: 60 },
    check: ({ letters }, { world }) => {
      const letter = letters.find(({ requestId }) => requestId === `${DEADLY_PREFIX}1`);
      const { deaths } = world;
      return [
        ...(letter?.code === 'gave_up' ? [] : [`its letter says ${letter?.code ?? 'nothing'}`]),
        ...(deaths >= 2 && deaths <= GIVE_UP_AFTER + 1 ? [] : [`it killed ${deaths} workers`]),
      ];
    },
  };
}

export const poisonScenarios: readonly Scenario[] = [
  {
    name: 'poison: messages of every bad kind',
    run: poison,
    allows: { otherLetters: DOSES * poisons.filter(({ codes }) => codes.length > 0).length },
    check: checkPoison,
  },
  deadly('poison: a message that kills its worker each time'),
  // Its neighbours' leases run out while nobody is there: they must not be taken for its like.
  deadly('poison: the same, where a restart takes longer than a lease', 4000),
];
