import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { decodeDeadLetter } from '@push/contracts';
import { QueueBrowser } from '@push/queue';
import { deadLetterId, fullViewOf, viewOf, type FullDeadLetterView } from './dead-letter.view';
import {
  isEmpty,
  matcherOf,
  type DeadLetterFilter,
  type Page,
  type Summary,
} from './dead-letters.schema';

/** Reads `failed.queue` and leaves everything in it. Keeps no more in memory than the answer. */
@Injectable()
export class DeadLetterBrowser {
  constructor(
    private readonly browser: QueueBrowser,
    private readonly rabbitmq: RabbitmqConfig,
  ) {}

  /**
   * One page, oldest first. Without a filter it reads up to the end of the page; with one, the whole queue.
   * @returns the page, and how many there are (that match)
   * @throws {QueueBrowseError}
   */
  async list(
    filter: DeadLetterFilter,
    page: number,
    limit: number,
  ): Promise<{ page: Page; total: number }> {
    const matches = matcherOf(filter);
    const filtered = !isEmpty(filter);
    const end = page * limit;
    const letters: Page['letters'] = [];
    let matched = 0;
    const { depth, visited, complete } = await this.browser.browse(
      this.rabbitmq.failedQueue,
      {
        visit: (message) => {
          if (filtered && !matches(decodeDeadLetter(message))) return 'keep';
          matched += 1;
          if (matched > end - limit && matched <= end) letters.push(viewOf(message));
          return 'keep';
        },
      },
      { atMost: filtered ? undefined : end },
    );
    return filtered
      ? { page: { letters, visited, complete }, total: matched }
      : { page: { letters, visited, complete: visited >= Math.min(depth, end) }, total: depth };
  }

  /** Undefined where no dead letter has this id. @throws {QueueBrowseError} */
  async find(id: string): Promise<FullDeadLetterView | undefined> {
    let found: FullDeadLetterView | undefined;
    await this.browser.browse(this.rabbitmq.failedQueue, {
      visit: (message) => {
        if (deadLetterId(message) !== id) return 'keep';
        found = fullViewOf(message);
        return 'stop';
      },
    });
    return found;
  }

  /** Counts of the whole queue. @throws {QueueBrowseError} */
  async summary(): Promise<Summary> {
    const codes = new CodeCounts();
    const times = { oldest: Infinity, newest: -Infinity };
    let replayed = 0;
    const { depth, complete } = await this.browser.browse(this.rabbitmq.failedQueue, {
      visit: (message) => {
        const { errorCode, failedAt, replays } = decodeDeadLetter(message);
        codes.add(errorCode);
        if (replays) replayed += 1;
        if (failedAt !== null) {
          times.oldest = Math.min(times.oldest, failedAt);
          times.newest = Math.max(times.newest, failedAt);
        }
        return 'keep';
      },
    });
    const iso = (at: number) => (Number.isFinite(at) ? new Date(at).toISOString() : null);
    return {
      total: depth,
      by_error_code: codes.all,
      oldest: iso(times.oldest),
      newest: iso(times.newest),
      replayed_before: replayed,
      complete,
    };
  }
}

/** Further codes are counted together: dead letters of other publishers may have any code. */
const MAX_CODES = 100;

/** Counts codes. */
export class CodeCounts {
  private readonly counts = new Map<string, number>();
  total = 0;

  get all(): Record<string, number> {
    return Object.fromEntries(this.counts);
  }

  add(code: string): void {
    this.total += 1;
    const name = this.counts.has(code) || this.counts.size < MAX_CODES ? code : 'others';
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }
}
