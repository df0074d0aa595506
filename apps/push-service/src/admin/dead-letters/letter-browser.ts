import { Injectable } from '@nestjs/common';
import { RabbitmqConfig } from '@push/config';
import { decodeDeadLetter } from '@push/contracts';
import { QueueBrowser, type BrowseStep } from '@push/queue';
import { CodeCounts } from './code-counts';
import type { Summary } from './dead-letters.dto';
import { isEmpty, matcherOf, type LetterFilter } from './letter-filter';
import { letterIdOf } from './letter-id';
import { letterItem, wholeLetter, type LetterItem, type WholeLetter } from './letter-view';

/** One page of a listing. */
export interface Page {
  letters: LetterItem[];
  /** Letters in all, or that match. */
  total: number;
  visited: number;
  complete: boolean;
}

/** Looks at what is in `failed.queue`, and leaves it there. Keeps no more in memory than it answers. */
@Injectable()
export class LetterBrowser {
  constructor(
    private readonly walker: QueueBrowser,
    private readonly rabbitmq: RabbitmqConfig,
  ) {}

  /** Oldest first. Without a filter it walks no further than the page; with one, through all. @throws {QueueBrowseError} */
  async list(filter: LetterFilter, page: number, limit: number): Promise<Page> {
    const matches = matcherOf(filter);
    const first = (page - 1) * limit;
    const letters: LetterItem[] = [];
    let matched = 0;
    const whole = !isEmpty(filter);
    const { failedQueue } = this.rabbitmq;
    const visit = (message: Parameters<typeof letterItem>[0]): BrowseStep => {
      if (whole && !matches(decodeDeadLetter(message))) return 'keep';
      if (matched >= first && letters.length < limit) letters.push(letterItem(message));
      matched += 1;
      return 'keep';
    };
    const atMost = whole ? undefined : first + limit;
    const report = await this.walker.browse(failedQueue, { visit }, { atMost });
    const { depth, visited } = report;
    const complete = whole ? report.complete : visited >= Math.min(depth, first + limit);
    return { letters, total: whole ? matched : depth, visited, complete };
  }

  /** Undefined where there is none of this id. @throws {QueueBrowseError} */
  async find(id: string): Promise<WholeLetter | undefined> {
    let found: WholeLetter | undefined;
    await this.walker.browse(this.rabbitmq.failedQueue, {
      visit: (message) => {
        if (letterIdOf(message) !== id) return 'keep';
        found = wholeLetter(message);
        return 'stop';
      },
    });
    return found;
  }

  /** What is in it, at a glance. @throws {QueueBrowseError} */
  async summary(): Promise<Summary> {
    const codes = new CodeCounts();
    let oldest: number | undefined;
    let newest: number | undefined;
    let replayed = 0;
    const report = await this.walker.browse(this.rabbitmq.failedQueue, {
      visit: (message) => {
        const { errorCode, failedAt, replays } = decodeDeadLetter(message);
        codes.add(errorCode);
        if (replays) replayed += 1;
        if (failedAt !== null) {
          oldest = Math.min(oldest ?? failedAt, failedAt);
          newest = Math.max(newest ?? failedAt, failedAt);
        }
        return 'keep';
      },
    });
    return {
      total: report.depth,
      by_error_code: codes.all,
      oldest: isoOf(oldest),
      newest: isoOf(newest),
      replayed_before: replayed,
      complete: report.complete,
    };
  }
}

function isoOf(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
