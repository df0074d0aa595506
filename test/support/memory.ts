import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppProcess } from './processes';
import { waitFor } from './wait-for';

/** Between looks, in which the work goes on. */
const LOOK_EVERY_MS = 150;

/** Looks into the memory of an app's process, from outside. */
export class MemoryProbe {
  private readonly folder = mkdtempSync(join(tmpdir(), 'memory-'));
  private readonly file = join(this.folder, 'bytes');

  /** Environment of a process that can be looked into. */
  get env(): Record<string, string> {
    const probe = join(__dirname, 'memory-probe.cjs');
    return { NODE_OPTIONS: `--expose-gc --require ${probe}`, MEMORY_FILE: this.file };
  }

  /**
   * Looks again and again while some work goes on, garbage left out.
   * @returns by how many bytes more were in use at most than before
   */
  async growthDuring(app: AppProcess, work: () => Promise<void>): Promise<number> {
    writeFileSync(this.file, '');
    const look = (): void => app.kill('SIGUSR2');
    look();
    await waitFor('a first look', () => this.seen().length === 1);
    const timer = setInterval(look, LOOK_EVERY_MS);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    const before = this.seen().length;
    look(); // signals that come together are one
    await waitFor('a last look', () => this.seen().length > before);
    const [first = 0, ...rest] = this.seen();
    return Math.max(...rest) - first;
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  private seen(): number[] {
    return readFileSync(this.file, 'utf8').split('\n').filter(Boolean).map(Number);
  }
}
