import type { Arena } from '../harness/arena';

/** How much is measured. */
export interface Settings {
  quick: boolean;
  /** Notifications of a round. */
  notifications: number;
  /** Notifications of the round that is not counted. */
  warmUp: number;
  /** Rounds of each contender in a row with a target. */
  rounds: number;
  /** Rounds of each contender in other rows. */
  fewerRounds: number;
  /** Longest that a round may take, in milliseconds. */
  capMs: number;
  /** The same in rows without a target. */
  shorterCapMs: number;
  soakSize: number;
  backlogSize: number;
}

/** What a row is given. */
export interface Bench {
  arena: Arena;
  settings: Settings;
  /** Shows those who watch how far it is. */
  tell: (line: string) => void;
}

/** What a row has found. */
export interface RowReport {
  columns: readonly string[];
  lines: readonly (readonly string[])[];
  /** What targets ask for, by name. */
  figures: Readonly<Record<string, number>>;
  /** What makes the row worthless: something lost, or shown twice. */
  problems: readonly string[];
  /** What a reader of the table has to know. */
  notes: readonly string[];
  /** Everything that was measured, for the JSON. */
  detail: unknown;
}

/** One question of the benchmark. */
export interface Row {
  name: string;
  title: string;
  /** Whether it belongs to the quick run. */
  quick: boolean;
  measure: (bench: Bench) => Promise<RowReport>;
}
