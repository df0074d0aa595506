import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScenario } from './run-scenario';
import { scenarios } from './scenarios';
import { World } from './world/world';

/** One of each kind; all of them: `npm run test:chaos`. */
const SELECTION = [
  'SIGKILL: after-claim',
  'SIGKILL: after-fcm-answer',
  'SIGKILL: after-dead-letter',
  'broker: killed and restarted + SIGKILL',
  'redis: killed, restarted empty',
  'gate: an outage of FCM burns nothing',
  'fcm: accept_then_reset',
  'fcm: credentials refused + SIGTERM',
  'user service: 500',
  'poison: messages of every bad kind',
];

const root = join(__dirname, '../..');

describe('when things break', () => {
  let world: World;
  let dir: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'push-chaos-'));
    const builds = { product: join(root, 'dist'), mortal: join(root, '.services/chaos/build') };
    world = await World.create(dir, builds);
  }, 120_000);
  afterAll(async () => {
    await world.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it.each(SELECTION)(
    'nothing is lost and nothing is shown twice (%s)',
    async (name) => {
      const scenario = scenarios.find((candidate) => candidate.name === name);
      if (!scenario) throw new Error(`There is no scenario '${name}'`);
      const short = { ...scenario, load: { ...scenario.load, requests: 400 } };
      expect(await runScenario(world, short)).toMatchObject({ lost: 0, shownTwice: 0, broken: [] });
    },
    240_000,
  );
});
