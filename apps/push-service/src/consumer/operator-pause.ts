import { Injectable } from '@nestjs/common';

/** An operator's word that intake stands still. */
export interface Pause {
  by: string;
  /** Epoch milliseconds. */
  since: number;
  reason?: string;
}

/** Whether an operator wants intake to stand still; not known until the wishes have been read once. */
@Injectable()
export class OperatorPause {
  private wish?: Pause;
  private isKnown = false;
  private resumer?: string;
  private readonly listeners = new Set<() => void>();

  /** Until then nothing may be taken in: it may be that nothing should. */
  get known(): boolean {
    return this.isKnown;
  }

  /** The pause in force. */
  get current(): Pause | undefined {
    return this.wish;
  }

  /** Who ended the last one. */
  get resumedBy(): string | undefined {
    return this.resumer;
  }

  set(pause: Pause): void {
    this.wish = pause;
    this.tell();
  }

  clear(actor: string): void {
    this.wish = undefined;
    this.resumer = actor;
    this.tell();
  }

  /** What is wanted is known from here on, be it nothing. */
  markKnown(): void {
    if (this.isKnown) return;
    this.isKnown = true;
    this.tell();
  }

  /** Calls back on every change; returns how to stop listening. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
