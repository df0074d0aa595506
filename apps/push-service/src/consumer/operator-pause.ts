import { Injectable } from '@nestjs/common';

/** An operator's order that intake is paused. */
export interface Pause {
  by: string;
  /** Epoch milliseconds. */
  since: number;
  reason?: string;
}

/** Whether an operator has paused intake; not known until the overrides have been read once. */
@Injectable()
export class OperatorPause {
  /** The pause in force. */
  current?: Pause;
  /** Who ended the last one. */
  resumedBy?: string;
  /** Until it is known no message may be consumed: intake may have been paused. */
  known = false;
  private readonly listeners = new Set<() => void>();

  set(pause: Pause): void {
    this.current = pause;
    this.notify();
  }

  clear(actor: string): void {
    this.current = undefined;
    this.resumedBy = actor;
    this.notify();
  }

  /** The desired state is known from now on, even if there is none. */
  markKnown(): void {
    if (this.known) return;
    this.known = true;
    this.notify();
  }

  /** Calls back on every change; returns how to stop listening. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
