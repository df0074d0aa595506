import type { Scenario, Stage } from '../scenario';
import type { Evidence } from '../audit/evidence';

/** Every third request is stale after this time. */
const TTL_SECONDS = 1;
/** Between the look at the clock and FCM's answer. */
const ON_THE_WAY_MS = 1000;

const expires = (n: number): boolean => n % 3 === 0;

const numberOf = (id: string): number => Number(id.split('-').at(-1));

interface Send {
  message: { data?: Record<string, string> };
  time: string;
}

/** Nothing stale reached FCM, and what was stale is told as such. */
async function checkExpiry({ ends }: Evidence, { world, load }: Stage): Promise<string[]> {
  const broken: string[] = [];
  const expired = [...ends].filter(([, { reason }]) => reason === 'expired').map(([id]) => id);
  if (expired.length === 0)
    broken.push('nothing expired in an outage longer than its time to live');
  for (const id of expired) if (!expires(numberOf(id))) broken.push(`${id} expired, and could not`);
  for (const { message, time } of await world.askEmulator<Send[]>('/emulator/messages')) {
    const id = message.data?.['request_id'] ?? '';
    const acceptedAt = load.accepted.get(id);
    if (acceptedAt === undefined || !expires(numberOf(id))) continue;
    const late = Date.parse(time) - acceptedAt - TTL_SECONDS * 1000;
    if (late > ON_THE_WAY_MS) broken.push(`${id} was sent ${late} ms after it had expired`);
  }
  return broken;
}

export const expiryScenarios: readonly Scenario[] = [
  {
    name: 'expiry: requests go stale in an outage',
    load: { extra: (n) => (expires(n) ? { ttl_seconds: TTL_SECONDS } : {}) },
    allows: { mayFailFor: ['expired'] },
    run: async ({ world, load }) => {
      await load.until(0.2);
      await world.setFcmFaults({ then: { status: 503 } });
      await load.until(0.9);
      await world.setFcmFaults();
    },
    check: checkExpiry,
  },
];
