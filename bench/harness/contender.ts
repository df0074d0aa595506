import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, hasEnded, launch, nextMessage } from './children';
import { startOf, type Entry, type Surroundings } from './launches';
import type { Names } from './names';
import { freePort } from './ports';
import { cpuMicros, rssMb } from './usage';

const READY_MS = 60_000;
const LOOK_MS = 5;

interface Instance {
  child: ChildProcess;
  logFile: string;
  port: number;
}

/** One of those who are compared, in one process or in several on the same queue. */
export class Contender {
  private instances: Instance[] = [];

  constructor(
    readonly entry: Entry,
    readonly names: Names,
    private readonly around: Surroundings,
  ) {}

  get label(): string {
    return this.entry.label ?? this.entry.kind;
  }

  /** Where its first instance listens, if its kind does. */
  get url(): string {
    return `http://127.0.0.1:${this.instances[0]?.port ?? 0}`;
  }

  get pids(): number[] {
    return this.instances.map(({ child }) => child.pid ?? 0);
  }

  /** CPU time so far of all instances, in microseconds. */
  get cpuUs(): number {
    this.assertAlive();
    return cpuMicros(this.pids);
  }

  /** Memory of the larger instance, in MB. */
  get rssMb(): number {
    this.assertAlive();
    return rssMb(this.pids);
  }

  /**
   * Starts it; resolves when it takes messages.
   * @returns milliseconds until all instances were ready
   */
  async start(instances = 1): Promise<number> {
    const began = performance.now();
    await Promise.all(
      Array.from({ length: instances }, async (_, index) => {
        const port = await freePort();
        const logFile = join(this.around.dir, 'logs', `${this.names.queueNamespace}${index}.log`);
        const start = startOf(this.entry, this.names, this.around, port);
        const child = launch({ ...start, logFile });
        this.instances.push({ child, logFile, port });
        if (start.ipc) await nextMessage(child, logFile);
        else await this.answers({ child, logFile, port });
      }),
    );
    return performance.now() - began;
  }

  async stop(): Promise<void> {
    await Promise.all(this.instances.map(({ child }) => end(child)));
    this.instances = [];
  }

  assertAlive(): void {
    for (const { child, logFile } of this.instances) {
      if (hasEnded(child)) throw new Error(`${this.label} has ended; its log is ${logFile}`);
    }
  }

  private async answers({ child, logFile, port }: Instance): Promise<void> {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      if (hasEnded(child)) throw new Error(`${this.label} has ended; its log is ${logFile}`);
      if (await isReady(port)) return;
      if (Date.now() > deadline) throw new Error(`${this.label} is not ready; see ${logFile}`);
      await sleep(LOOK_MS);
    }
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/health/ready`);
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}
