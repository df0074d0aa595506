import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '../harness/launches';
import { playRound } from '../harness/round';
import type { Bench } from '../rows/row';
import { sharedClock } from '../stubs/receipts';
import { moduleBudget, stageBudget, type Profiled } from './budget';
import { callTree, type CpuProfile, type Window } from './cpu-profile';
import { flameGraph } from './flame-graph';

const USERS = 1000;
/** Microseconds between two samples. */
const INTERVAL_US = 250;
/** The same contenders as in the rows that targets are set for. */
const PROFILED: readonly (Entry & { label: string; latencyMs: number })[] = [
  { kind: 'bare', label: 'bare', inFlight: 100, latencyMs: 0 },
  { kind: 'service', label: 'service', inFlight: 100, latencyMs: 0 },
  { kind: 'bare', label: 'bare-80ms', inFlight: 400, latencyMs: 80 },
  { kind: 'service', label: 'service-80ms', latencyMs: 80 },
];

/** One contender's round: when it was, and what a notification cost. */
interface Played {
  label: string;
  window: Window;
  cpuUs: number;
}

/** Where the CPU time goes, of bare and of the service: flame graphs, and what a notification's stages cost. */
export async function profile({ arena, settings, tell }: Bench): Promise<void> {
  const { root, dir } = arena.around;
  const folder = (label: string): string => join(dir, 'profiles', label);
  for (const { label } of PROFILED) rmSync(folder(label), { recursive: true, force: true });
  const entries: Entry[] = PROFILED.map(({ kind, label, inFlight }) => ({
    kind,
    label,
    inFlight,
    nodeArgs: [
      '--cpu-prof',
      `--cpu-prof-dir=${folder(label)}`,
      `--cpu-prof-interval=${INTERVAL_US}`,
    ],
  }));
  // The profiles are written when the processes end, and so are there once this has resolved.
  const played = await arena.with(entries, 1, async (contenders) => {
    const rounds: Played[] = [];
    for (const [at, contender] of contenders.entries()) {
      const latencyMs = PROFILED[at]?.latencyMs ?? 0;
      const plan = { devicesEach: 1, users: USERS, latencyMs, capMs: settings.capMs };
      await playRound(arena, contender, { ...plan, notifications: settings.warmUp });
      const from = sharedClock();
      const { notifications } = settings;
      const { cpuUs } = await playRound(arena, contender, { ...plan, notifications });
      tell(`${contender.label}: ${cpuUs.toFixed(0)} us CPU a notification, while profiled`);
      rounds.push({ label: contender.label, window: { from, to: sharedClock() }, cpuUs });
    }
    return rounds;
  });
  const profiled: Profiled[] = played.map(({ label, window, cpuUs }) => {
    return { label, cpuUs, tree: callTree(read(folder(label)), window) };
  });
  const graphs = join(root, 'bench', 'profiles');
  mkdirSync(graphs, { recursive: true });
  for (const { label, tree, cpuUs } of profiled) {
    const title = `${label}: CPU time of one notification, ${cpuUs.toFixed(0)} us`;
    writeFileSync(join(graphs, `${label}.svg`), flameGraph(title, tree, cpuUs));
  }
  console.log(`\n${stageBudget(profiled)}\n\n${moduleBudget(profiled)}\n`);
  console.log(
    "Shares are those of V8's sampler, laid on the CPU time that the operating system has accounted for\n" +
      `(user and system, all threads). Flame graphs: ${graphs}`,
  );
}

function read(folder: string): CpuProfile {
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error(`${folder} has no profile`);
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
}
