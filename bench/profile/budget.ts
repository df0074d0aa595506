import { table } from '../report/table';
import { eachSelf, type Call } from './cpu-profile';
import { moduleOf, STAGES, stageOf } from './stages';

/** One who was profiled. */
export interface Profiled {
  label: string;
  tree: Call;
  /** CPU time of one notification, in microseconds, as the operating system accounts for it. */
  cpuUs: number;
}

const MOST_MODULES = 25;

/**
 * What each stage costs, in microseconds a notification, as Markdown. V8's sampler counts the time by the clock, also
 * while the thread was not running; so its shares are laid on the operating system's figure, helper threads included.
 */
export function stageBudget(all: readonly Profiled[]): string {
  const costs = all.map((one) => costsBy(one, stageOf));
  const lines = STAGES.map((stage) => [stage, ...costs.map((cost) => figure(cost.get(stage)))]);
  return table(['stage, us', ...labels(all)], [...lines, totals(all)]);
}

/** What each module costs, the dearest first. */
export function moduleBudget(all: readonly Profiled[]): string {
  const costs = all.map((one) => costsBy(one, ([frame]) => (frame ? moduleOf(frame) : '')));
  const most = (name: string): number => Math.max(...costs.map((cost) => cost.get(name) ?? 0));
  const names = [...new Set(costs.flatMap((cost) => [...cost.keys()]))]
    .sort((a, b) => most(b) - most(a))
    .slice(0, MOST_MODULES);
  const lines = names.map((name) => [name, ...costs.map((cost) => figure(cost.get(name)))]);
  return table(['module, us', ...labels(all)], [...lines, totals(all)]);
}

/** Microseconds a notification by whatever `nameOf` makes of a stack. */
export function costsBy<Name extends string>(
  { tree, cpuUs }: Profiled,
  nameOf: (stack: Parameters<typeof stageOf>[0]) => Name,
): Map<Name, number> {
  const costs = new Map<Name, number>();
  eachSelf(tree, (self, stack) => {
    const name = nameOf(stack);
    costs.set(name, (costs.get(name) ?? 0) + (self / tree.total) * cpuUs);
  });
  return costs;
}

function labels(all: readonly Profiled[]): string[] {
  return all.map(({ label }) => label);
}

function totals(all: readonly Profiled[]): string[] {
  return ['all', ...all.map(({ cpuUs }) => figure(cpuUs))];
}

function figure(value = 0): string {
  return value.toFixed(1);
}
