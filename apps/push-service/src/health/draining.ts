import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Knows when this process has begun to stop. Nest calls it before anything is drained or closed. */
@Injectable()
export class Draining implements OnModuleDestroy {
  private begun = false;

  get active(): boolean {
    return this.begun;
  }

  onModuleDestroy(): void {
    this.begun = true;
  }
}
