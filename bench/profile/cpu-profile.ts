/** A function as V8's profiler names it. */
export interface Frame {
  functionName: string;
  /** Of its script: `file:///…`, `node:…`, or empty for V8's own, whose names are in parentheses. */
  url: string;
  lineNumber: number;
}

/** A .cpuprofile, as `node --cpu-prof` writes it. */
export interface CpuProfile {
  nodes: { id: number; callFrame: Frame; children?: number[] }[];
  /** Microseconds of the clock that `process.hrtime` has. */
  startTime: number;
  /** Ids of nodes. */
  samples: number[];
  /** Microseconds from each sample to the one before. */
  timeDeltas: number[];
}

/** A function as it was called from another, and what it took. */
export interface Call {
  frame: Frame;
  /** Microseconds in it, and in nothing that it called. */
  self: number;
  /** Microseconds in it and in all that it called. */
  total: number;
  calls: Call[];
}

export interface Window {
  from: number;
  to: number;
}

const IDLE = '(idle)';

/**
 * What was called in a window of time, as a tree; waiting is left out.
 * @param window microseconds of the clock that `process.hrtime` has
 */
export function callTree(profile: CpuProfile, { from, to }: Window): Call {
  const self = new Map<number, number>();
  let now = profile.startTime;
  profile.samples.forEach((id, at) => {
    now += profile.timeDeltas[at] ?? 0;
    if (now < from || now > to) return;
    // A sample stands for the time until the next one.
    self.set(id, (self.get(id) ?? 0) + Math.max(0, profile.timeDeltas[at + 1] ?? 0));
  });
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const build = (id: number): Call[] => {
    const node = nodes.get(id);
    if (!node || node.callFrame.functionName === IDLE) return [];
    const calls = (node.children ?? []).flatMap(build);
    const own = self.get(id) ?? 0;
    const total = calls.reduce((sum, call) => sum + call.total, own);
    return total === 0 ? [] : [{ frame: node.callFrame, self: own, total, calls }];
  };
  const root = profile.nodes[0];
  const [tree] = root ? build(root.id) : [];
  if (!tree) throw new Error('The profile has no sample in this window of time');
  return tree;
}

/** Calls `look` with every call that took time itself, and with the way to it, the caller last. */
export function eachSelf(
  call: Call,
  look: (self: number, stack: readonly Frame[]) => void,
  callers: readonly Frame[] = [],
): void {
  const stack = [call.frame, ...callers];
  if (call.self > 0) look(call.self, stack);
  for (const called of call.calls) eachSelf(called, look, stack);
}
