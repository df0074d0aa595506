import type { Arena } from '../harness/arena';

/** How much is measured. */
export interface Settings {
  quick: boolean;
  /** Notifications of a round. */
  notifications: number;
  /** Notifications of the round that is not counted. */
  warmUp: number;
  /** Rounds of each contender in a row. */
  rounds: number;
  /** Longest that a round may take, in milliseconds. */
  capMs: number;
  soakSize: number;
}

/** What a row is measured with. */
export interface Bench {
  arena: Arena;
  settings: Settings;
  /** Reports progress. */
  report: (line: string) => void;
}

/** The result of a row. */
export interface RowReport {
  columns: readonly string[];
  lines: readonly (readonly string[])[];
  /** What the budget asks for, by name. */
  figures: Readonly<Record<string, number>>;
  /** What makes the row worthless: something lost, or shown twice. */
  problems: readonly string[];
  /** What a reader of the table needs to know. */
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
