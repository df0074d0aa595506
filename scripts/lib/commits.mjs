import { CommitParser } from 'conventional-commits-parser';
import { capture } from './process.mjs';
import { SetUpError, indent } from './terminal.mjs';

/** The types of commits, each with its heading in the changelog; none where users do not notice the change. */
export const types = {
  feat: 'Added',
  fix: 'Fixed',
  perf: 'Changed',
  build: undefined,
  chore: undefined,
  ci: undefined,
  docs: undefined,
  refactor: undefined,
  revert: undefined,
  style: undefined,
  test: undefined,
};

const longestSubject = 120;

const parser = new CommitParser({
  headerPattern: /^(\w+)(?:\(([a-z0-9,/ -]+)\))?(!)?: (\S.*)$/,
  headerCorrespondence: ['type', 'scope', 'breaking', 'subject'],
  noteKeywords: ['BREAKING CHANGE', 'BREAKING-CHANGE'],
});

/** The commits of a range, newest first, without merges. */
export async function commitsOf(range) {
  const { code, stdout, stderr } = await capture('git', [
    'log',
    '--no-merges',
    '--format=%h%x1f%B%x1e',
    range,
  ]);
  if (code !== 0) throw new SetUpError(`git log ${range}:\n${indent(stderr)}`);
  return stdout
    .split('\x1e')
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry) => {
      const [hash, message] = entry.split('\x1f');
      return { hash, ...parse(message) };
    });
}

/** The parts of a commit message, and the problem with it, if there is one. */
export function parse(message) {
  const { header, type, scope, subject, breaking, notes } = parser.parse(message);
  const commit = { header, type, scope, subject, breaking: Boolean(breaking) || notes.length > 0 };
  return { ...commit, problem: problemOf(commit) };
}

function problemOf({ header, type }) {
  if (!type) return 'should begin like "feat(intake): " or "docs: "';
  if (!(type in types)) {
    return `has the type "${type}", and should have one of ${Object.keys(types).join(', ')}`;
  }
  if (header.length > longestSubject) return `should be at most ${longestSubject} characters long`;
  return undefined;
}
