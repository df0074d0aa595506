import type { ChildProcess } from 'node:child_process';
import { end, launch, nextMessage } from './children';

/** A helper in a process of its own: one order at a time, each with its reply. */
export class Stub<Order extends object, Reply> {
  private constructor(
    private readonly child: ChildProcess,
    private readonly logFile: string,
    /** Its first words: where it listens. */
    readonly greeting: Reply,
  ) {}

  static async start<Order extends object, Reply>(
    module: string,
    logFile: string,
  ): Promise<Stub<Order, Reply>> {
    const env = { PATH: process.env['PATH'] ?? '' };
    const child = launch({ module, nodeArgs: [], env, logFile, ipc: true });
    return new Stub(child, logFile, await nextMessage<Reply>(child, logFile));
  }

  async ask(order: Order): Promise<Reply> {
    const reply = nextMessage<Reply>(this.child, this.logFile);
    this.child.send(order);
    return reply;
  }

  stop(): Promise<void> {
    return end(this.child);
  }
}
