import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Instance } from './instance';
import { Instances } from './instances';
import { Wishes } from './wishes';

/** Milliseconds between two looks at what operators want. */
const EVERY_MS = 1000;

/** Has this instance look at the wishes and tell of itself every second, from the start of the app to its end. */
@Injectable()
export class Pulse implements OnApplicationBootstrap, OnModuleDestroy {
  private timer?: NodeJS.Timeout;
  private ended = false;

  constructor(
    private readonly wishes: Wishes,
    private readonly instance: Instance,
    private readonly instances: Instances,
  ) {}

  /** The app starts meanwhile, and the gate waits for the first look. */
  onApplicationBootstrap(): void {
    void this.beat().then(() => this.tidy());
  }

  async onModuleDestroy(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await this.instances.leave(this.instance.id).catch(() => undefined); // it is forgotten soon anyway
  }

  private async beat(): Promise<void> {
    await this.wishes.look();
    await this.say();
    if (this.ended) return;
    this.timer = setTimeout(() => void this.beat(), EVERY_MS);
    this.timer.unref();
  }

  /** Where it cannot be said, the next time is soon. */
  private async say(): Promise<void> {
    if (!this.ended) await this.instances.say(this.instance.report()).catch(() => undefined);
  }

  /** Those that have ended without a word leave their names behind. */
  private async tidy(): Promise<void> {
    await this.instances.all().catch(() => undefined);
  }
}
