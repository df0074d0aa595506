import { types } from './commits.mjs';

const headings = ['Changed', 'Added', 'Fixed'];

/** A section in the format of Keep a Changelog, oldest commit first, breaking changes before all others. */
export function sectionOf(commits, title) {
  const parts = [`## ${title}`];
  for (const heading of headings) {
    const lines = commits.filter((commit) => headingOf(commit) === heading).map(lineOf);
    if (lines.length === 0) continue;
    const breaking = (line) => Number(line.startsWith('- **Breaking**'));
    const ordered = lines.reverse().sort((a, b) => breaking(b) - breaking(a));
    parts.push(`### ${heading}`, ordered.join('\n'));
  }
  return parts.join('\n\n');
}

function headingOf({ type, breaking }) {
  return breaking ? 'Changed' : types[type];
}

function lineOf({ scope, subject, breaking }) {
  return `- ${breaking ? '**Breaking** ' : ''}${scope ? `${scope}: ` : ''}${subject}.`;
}
