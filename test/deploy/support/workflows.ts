import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './kustomize';

/** A step of a job. */
export interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

/** The parts of a workflow that the tests read. */
export interface Workflow {
  permissions?: Record<string, string>;
  concurrency?: { group: string };
  jobs: Record<
    string,
    {
      steps: Step[];
      services?: Record<string, { image: string }>;
      strategy?: { matrix: Record<string, Record<string, string>[]> };
      permissions?: Record<string, string>;
      needs?: string | string[];
      'timeout-minutes'?: number;
    }
  >;
}

const FOLDER = join(ROOT, '.github/workflows');

export const WORKFLOWS = readdirSync(FOLDER);

export function textOf(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

export function read(file: string): Workflow {
  return parse(textOf(file)) as Workflow;
}

export function stepsOf(file: string): Step[] {
  return Object.values(read(file).jobs).flatMap(({ steps }) => steps);
}

/** What actionlint finds in a workflow, a line each. */
export function lint(text: string, file: string): string[] {
  const args = [join(__dirname, 'lint.cjs'), `.github/workflows/${file}`];
  const found = JSON.parse(
    execFileSync(process.execPath, args, { input: text, encoding: 'utf8' }),
  ) as { line: number; message: string }[];
  return found.map(({ line, message }) => `${file}:${line} ${message}`);
}
