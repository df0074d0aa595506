import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import type { Scenario, Stage } from '../scenario';

/** Sends that may reach an FCM that is down: those in hand when it goes, of two instances, each with its tries. */
const MOST_BURNT = 60;
const LOOKS = 10;
const LOOK_EVERY_MS = 300;

interface ArrivedSend {
  time: string;
  validate_only: boolean;
}

/** While FCM is down: no consumer, no send but probes, and no message that goes round in a circle. */
async function watch({ world, load }: Stage): Promise<void> {
  await load.until(0.3);
  await world.setFcmFaults({ then: { status: 503 } });
  const downAt = Date.now();
  await sleep(1500);
  const before = await receivedMessages(world);
  let consumed = 0;
  for (let look = 0; look < LOOKS; look += 1) {
    if ((await world.consumers('push.queue')) > 0) consumed += 1;
    await sleep(LOOK_EVERY_MS);
  }
  const taken = (await receivedMessages(world)) - before;
  const arrived = await world.askEmulator<ArrivedSend[]>('/emulator/requests');
  const burnt = arrived.filter(
    ({ time, validate_only }) => !validate_only && Date.parse(time) > downAt,
  ).length;
  await world.setFcmFaults();
  if (consumed > 0)
    world.incidents.push(`push.queue had consumers in ${consumed} of ${LOOKS} looks`);
  if (taken > 0) world.incidents.push(`${taken} messages were taken in while FCM was down`);
  if (burnt > MOST_BURNT) world.incidents.push(`${burnt} sends reached an FCM that was down`);
}

async function receivedMessages(world: Stage['world']): Promise<number> {
  const counts = await Promise.all(
    world.push.map(async ({ url }) => {
      const { body } = await request(`${url}/api/v1/metrics`, {
        headers: { accept: 'text/plain' },
      });
      const line = /^push_notifications_received_total (\d+)/m.exec(await body.text());
      return Number(line?.[1] ?? 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

export const gateScenarios: readonly Scenario[] = [
  { name: 'gate: an outage of FCM burns nothing', run: watch },
];
