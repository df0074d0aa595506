import { median } from '../figures/percentiles';
import type { Bench, Row, RowReport } from './row';

const STARTS = 5;

/** From the start of the process to the first 200 of its readiness probe, with everything it needs up. */
export const start: Row = {
  name: 'start',
  title: 'start of push-service until it is ready',
  quick: false,
  measure,
};

async function measure({ arena, report }: Bench): Promise<RowReport> {
  const took: number[] = [];
  const contender = await arena.enter({ kind: 'service' });
  try {
    for (let at = 0; at < STARTS; at += 1) {
      const ms = await contender.start();
      took.push(ms);
      report(`ready after ${ms.toFixed(0)} ms`);
      await contender.stop();
    }
  } finally {
    await arena.leave(contender);
  }
  const ms = [median(took), Math.min(...took), Math.max(...took)];
  return {
    columns: ['', 'median ms', 'min', 'max'],
    lines: [['start to ready', ...ms.map((one) => one.toFixed(0))]],
    figures: { 'ready ms': median(took) },
    problems: [],
    notes: [`${STARTS} starts; the first declares its queues`],
    detail: took,
  };
}
