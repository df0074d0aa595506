import { join } from 'node:path';
import type { AppProcess } from './processes';
import { waitFor } from './wait-for';

/** Environment of an app that can be asked for its memory. */
export const PROBED = {
  NODE_OPTIONS: `--expose-gc --require ${join(__dirname, 'memory-probe.cjs')}`,
} as const;

/** Between looks, in which the work goes on. */
const LOOK_EVERY_MS = 150;

/** Looks again and again while some work goes on. @returns by how many bytes more was in use at most than before */
export async function growthDuring(app: AppProcess, work: () => Promise<void>): Promise<number> {
  const earlier = app.log.filter(isMemory).length;
  const look = (): void => app.kill('SIGUSR2');
  const answers = () => app.log.filter(isMemory).slice(earlier);
  look();
  await waitFor('a first look', () => answers().length === 1);
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const before = answers().length;
  look(); // signals that come together are one
  await waitFor('a last look', () => answers().length > before);
  const [first = 0, ...rest] = answers().map(({ bytes }) => Number(bytes));
  return Math.max(...rest) - first;
}

function isMemory({ message }: Record<string, unknown>): boolean {
  return message === 'memory';
}
