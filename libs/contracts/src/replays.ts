import { z } from 'zod';
import { HEADERS } from './topology';

const replaySchema = z.object({
  /** ISO 8601. */
  at: z.iso.datetime(),
  /** Who asked for it. */
  by: z.string().min(1).max(64),
  /** Why the message had been dead-lettered. */
  error_code: z.string().max(64),
});

const MAX_KEPT = 20;

/** How often a message was replayed from the dead-letter queue; travels with it in the header `x-replays`. */
export const replaysSchema = z.object({
  count: z.number().int().min(1).max(1_000_000),
  /** The latest of them, oldest first. */
  latest: z.array(replaySchema).min(1).max(MAX_KEPT),
});

export type Replay = z.output<typeof replaySchema>;
export type Replays = z.output<typeof replaysSchema>;

/** Characters; enough for twenty entries. */
const MAX_LENGTH = 8192;

/** Reads the header; undefined where there is none, or where this product did not write it. */
export function readReplays(header: unknown): Replays | undefined {
  if (typeof header !== 'string' || header.length > MAX_LENGTH) return undefined;
  try {
    return replaysSchema.safeParse(JSON.parse(header)).data;
  } catch {
    return undefined;
  }
}

/** The header with one more replay. */
export function withReplay(before: Replays | undefined, replay: Replay): string {
  const replays: Replays = {
    count: Math.min((before?.count ?? 0) + 1, 1_000_000),
    latest: [...(before?.latest ?? []), replay].slice(-MAX_KEPT),
  };
  return JSON.stringify(replays);
}

/** The header alone, where it is one of ours: what a dead letter keeps even where its other headers are dropped. */
export function replayHeaders(
  headers: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const header = headers[HEADERS.replays];
  return readReplays(header) ? { [HEADERS.replays]: header } : {};
}
