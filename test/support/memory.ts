import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppProcess } from './processes';
import { waitFor } from './wait-for';

/** Milliseconds between two samples, while the work goes on. Each is a whole collection, which must not slow the work. */
const SAMPLE_EVERY_MS = 1000;

/** Samples the memory of an app's process, from outside. */
export class MemoryProbe {
  private readonly folder = mkdtempSync(join(tmpdir(), 'memory-'));
  private readonly file = join(this.folder, 'bytes');

  /** Environment of a process that can be sampled. */
  get env(): Record<string, string> {
    const probe = join(__dirname, 'memory-probe.cjs');
    return { NODE_OPTIONS: `--expose-gc --require ${probe}`, MEMORY_FILE: this.file };
  }

  /**
   * Samples memory while some work goes on, after a garbage collection each time.
   * @returns the largest growth in bytes since before the work
   */
  async growthDuring(app: AppProcess, work: () => Promise<void>): Promise<number> {
    writeFileSync(this.file, '');
    const sample = (): void => app.kill('SIGUSR2');
    sample();
    await waitFor('a first sample', () => this.samples().length === 1);
    let asked = 1;
    const timer = setInterval(() => {
      if (this.samples().length < asked) return; // it is still collecting
      asked += 1;
      sample();
    }, SAMPLE_EVERY_MS);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    const before = this.samples().length;
    sample(); // signals that arrive together count as one
    await waitFor('a last sample', () => this.samples().length > before);
    const [first = 0, ...rest] = this.samples();
    return Math.max(...rest) - first;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  private samples(): number[] {
    return readFileSync(this.file, 'utf8').split('\n').filter(Boolean).map(Number);
  }
}
